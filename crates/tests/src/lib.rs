//! Conversations with the built binary, spoken as clients speak; links none of our code.
