//! Everything that is checked at the outer boundary, in one binary.

mod conversations;
