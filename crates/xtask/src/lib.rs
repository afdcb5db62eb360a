//! Workshop chores: tidy (the rules that a compiler does not check) and the generated contract.
