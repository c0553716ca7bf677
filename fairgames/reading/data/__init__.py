"""Tables of data as people have them: text with any separator, packed or not, workbooks, Parquet, frames."""
