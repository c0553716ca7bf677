"""Finite games in normal form: the table, certificates, exact enumeration, files, other packages' classes."""
