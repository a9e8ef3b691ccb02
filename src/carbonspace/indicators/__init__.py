"""Planning meaning: one file per theme, one function per indicator."""
