//! The checkout itself keeps the rules.

#[test]
fn the_checkout_is_tidy() {
    let report = xtask::tidy::check(&xtask::root()).expect("the files can be listed and read");
    assert!(report.files > 20, "only {} files were looked at", report.files);
    let breaches: Vec<String> = report.breaches.iter().map(ToString::to_string).collect();
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
}
