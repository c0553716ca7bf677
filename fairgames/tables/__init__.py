"""Results as tables: columns with names, as a frame of pandas, and as CSV, XLSX and Markdown."""
