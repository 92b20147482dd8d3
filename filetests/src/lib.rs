//! lathe-filetests.
