//! The rules of Parlour: one file a feature with its wire types, and the table of commands.
