//! Names that are refused and names that are not.

use super::*;

#[test]
fn banned_names_are_found_wherever_they_stand_in_a_path() {
    for path in
        ["crates/core/Cargo.toml", "web/src/utils/dates.ts", "crates/hub/src/Types.rs", "web/src/helper.test.ts"]
    {
        let mut breaches = Vec::new();
        check_path(path, &mut breaches);
        assert_eq!(breaches.len(), 1, "{path}");
    }
    for path in ["crates/chat/src/base64.rs", "web/src/service-worker.ts", "docs/TESTING.md", ".ci/run"] {
        let mut breaches = Vec::new();
        check_path(path, &mut breaches);
        assert_eq!(breaches, [], "{path}");
    }
}

#[test]
fn banned_modules_are_found_and_words_in_comments_are_not() {
    let text = "//! A file.\n// mod utils;\npub(crate) mod helpers;\nmod rooms;\nuse core::fmt;\n";
    let mut breaches = Vec::new();
    check_modules(&Source::new("crates/hub/src/lib.rs", text), &mut breaches);
    assert_eq!(breaches.iter().map(|breach| breach.line).collect::<Vec<_>>(), [3]);
}
