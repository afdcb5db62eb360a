//! Small files that keep or break the rules about single files.

use super::*;

fn said(path: &str, text: &str) -> Vec<(usize, String)> {
    let mut breaches = Vec::new();
    check(&Source::new(path, text), &mut breaches);
    breaches.into_iter().map(|breach| (breach.line, breach.what)).collect()
}

fn breaks(path: &str, text: &str, line: usize, word: &str) {
    let said = said(path, text);
    assert!(said.len() == 1 && said[0].0 == line && said[0].1.contains(word), "{path}: {said:?}");
}

#[test]
fn every_language_opens_with_a_sentence() {
    for (path, text) in [
        ("a.rs", "//! Who hears\n//! which topic.\n\nfn a() {}\n"),
        ("a.ts", "// What the page shows.\n"),
        ("a.js", "/**\n"),
        ("a.svelte", "<!-- One message: its text and its time. -->\n<p></p>\n"),
        ("a.py", "#!/usr/bin/env python3\n\"\"\"Talks as the third person.\"\"\"\n"),
        ("a.sh", "#!/usr/bin/env bash\n# Starts what the tests need.\n"),
        ("a.sql", "-- Rooms and members.\n"),
        ("a.json", "{}\n"),
    ] {
        let expected = usize::from(path == "a.js");
        assert_eq!(said(path, text).len(), expected, "{path}");
    }
    breaks("a.rs", "use std::fmt;\n", 1, "does not open");
    breaks("a.rs", "//! Rooms.\n", 1, "no sentence");
    breaks("a.rs", "//! all about some rooms\n\n//! More.\n", 1, "no sentence");
    breaks("a.rs", "", 1, "does not open");
    breaks("a.py", "#!/usr/bin/env python3\nimport os\n", 2, "does not open");
    breaks("a.svelte", "<script>\n</script>\n", 1, "does not open");
}

#[test]
fn a_conversation_is_named_with_a_sentence() {
    let folder = "crates/tests/conversations/messages";
    assert_eq!(said(&format!("{folder}/two people talk.txt"), "[Ada] [Bo]\n"), []);
    breaks(&format!("{folder}/talk.txt"), "[Ada] [Bo]\n", 1, "sentence");
}

#[test]
fn a_file_has_at_most_600_lines() {
    let of = |lines: usize| format!("//! Many lines, all empty.\n{}", "\n".repeat(lines - 1));
    assert_eq!(said("a.rs", &of(MOST)), []);
    breaks("a.rs", &of(MOST + 1), 601, "more than 600");
    assert_eq!(said("a.md", &of(MOST + 1)), []);
    assert_eq!(said("web/src/contract/a.ts", &of(MOST + 1).replace("//!", "//")), []);
}

#[test]
fn marks_are_found_and_words_that_hold_them_are_not() {
    for mark in MARKS {
        breaks("a.rs", &format!("//! A file with a mark.\n// {mark} later\n"), 2, mark);
        assert_eq!(said("a.rs", &format!("//! A file without a mark.\nlet a{mark}b = 1;\n")), []);
    }
}

#[test]
fn paths_and_hosts_of_one_machine_are_found() {
    for folder in FOLDERS {
        breaks("a.md", &format!("see\n{folder}main\n"), 2, "path of one machine");
        breaks("a.toml", &format!("data = \"{folder}data\"\n"), 1, "path of one machine");
        assert_eq!(said("a.md", &format!("see https://host{folder} and ..{folder}x and $HOME{folder}x\n")), []);
    }
    for host in HOSTS {
        breaks("a.json", &format!("{{}}\nhttps://{host}/x\n"), 2, host);
    }
    breaks("web/package-lock.json", "{\n  \"resolved\": \"https://mirror/x\"\n}\n", 2, "resolved");
}

#[test]
fn inline_tests_are_a_breach_and_a_module_of_their_own_is_not() {
    let head = "//! A file with tests.\n";
    breaks("a.rs", &format!("{head}#[cfg(test)]\n#[allow(x)]\nmod tests {{\n}}\n"), 2, "inline");
    assert_eq!(said("a.rs", &format!("{head}#[cfg(test)]\nmod tests;\n")), []);
    assert_eq!(said("a.rs", &format!("{head}#[cfg(test)]\nfn help() {{ mod_it() }}\n")), []);
    assert_eq!(said("a.rs", &format!("{head}// #[cfg(test)] mod tests {{}}\n")), []);
}

#[test]
fn files_over_the_aim_are_noted() {
    let mut notes = Vec::new();
    note_long(&Source::new("a.rs", &"\n".repeat(AIM)), &mut notes);
    assert_eq!(notes, [""; 0]);
    note_long(&Source::new("a.rs", &"\n".repeat(AIM + 1)), &mut notes);
    assert_eq!(notes, ["a.rs: 301 lines, over the aim of 300"]);
}
