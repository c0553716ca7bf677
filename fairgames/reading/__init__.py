"""What everything that reads or writes files borrows: notation, faults with their lines, sections, whole files."""
