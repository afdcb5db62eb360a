//! Manifests and locks that keep or break the order of the house.

use super::*;

fn said(path: &str, text: &str) -> Vec<(usize, String)> {
    let mut breaches = Vec::new();
    check_file(&Source::new(path, text), &mut breaches);
    breaches.into_iter().map(|breach| (breach.line, breach.what)).collect()
}

const HEAD: &str = "[lints]\nworkspace = true\n";

#[test]
fn doors_reach_the_product_and_leaves_reach_nothing() {
    let depends = |on: &str| format!("{HEAD}[dependencies]\n{on}.workspace = true\n");
    for (krate, on) in
        [("chat", "store"), ("chat", "hub"), ("server", "chat"), ("server", "socketio"), ("xtask", "chat")]
    {
        assert_eq!(said(&format!("crates/{krate}/Cargo.toml"), &depends(on)), [], "{krate} on {on}");
    }
    for (krate, on) in
        [("server", "store"), ("server", "hub"), ("chat", "socketio"), ("hub", "store"), ("tests", "chat")]
    {
        let said = said(&format!("crates/{krate}/Cargo.toml"), &depends(on));
        assert!(said.len() == 1 && said[0].0 == 4 && said[0].1.contains(on), "{krate} on {on}: {said:?}");
    }
}

#[test]
fn other_kinds_of_dependencies_count_too() {
    for table in ["dev-dependencies", "build-dependencies", "target.'cfg(unix)'.dependencies"] {
        let text = format!("{HEAD}[{table}]\nstore = {{ workspace = true }}\n");
        assert_eq!(said("crates/hub/Cargo.toml", &text).len(), 1, "{table}");
    }
}

#[test]
fn manifests_have_no_features_no_versions_and_the_common_lints() {
    let one = |text: &str, word: &str| {
        let said = said("crates/hub/Cargo.toml", text);
        assert!(said.len() == 1 && said[0].1.contains(word), "{said:?}");
    };
    one(&format!("{HEAD}[features]\nfast = []\n"), "features");
    one(&format!("{HEAD}[dependencies]\nbytes = \"1\"\n"), "[workspace.dependencies]");
    one(&format!("{HEAD}[dependencies]\nbytes = {{ workspace = true, optional = true }}\n"), "optional");
    one("[dependencies]\nbytes.workspace = true\n", "lints");
    assert_eq!(said("crates/elsewhere/Cargo.toml", HEAD).len(), 1);
}

#[test]
fn the_lock_has_a_budget_and_bans() {
    let of = |names: &[String]| -> String {
        names.iter().map(|name| format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n\n")).collect()
    };
    let many = |count: usize| (0..count).map(|n| format!("crate-{n}")).collect::<Vec<_>>();
    assert_eq!(said("Cargo.lock", &of(&many(LOCK_BUDGET))), []);
    assert!(said("Cargo.lock", &of(&many(LOCK_BUDGET + 1)))[0].1.contains("more than"));
    let said = said("Cargo.lock", &of(&["bytes".to_owned(), "openssl-sys".to_owned()]));
    assert!(said.len() == 1 && said[0].0 == 6 && said[0].1.contains("rustls"), "{said:?}");
}
