//! What is blanked and what stays, language by language.

use super::*;

#[test]
fn rust_keeps_code_and_line_ends() {
    assert_eq!(rust("a /* b /* c */ \n d */ e // f\ng"), "a              \n      e     \ng");
    assert_eq!(rust(r#"a("}\"{", '}', '\'', b'{', 'é')"#).replace(' ', ""), "a(,,,b,)");
    assert_eq!(rust("r#\"}\"# br##\"\"#}\"## r#type for_r\"{\"").replace(' ', ""), "r#typefor_r");
    assert_eq!(rust("fn a<'a>(b: &'a str, c: &'static str) {}"), "fn a< a>(b: & a str, c: & static str) {}");
}

#[test]
fn scripts_keep_what_templates_embed() {
    assert_eq!(script("`a ${b({c: `}`})} {` + d").replace(' ', ""), "b({c:})+d");
    assert_eq!(script("a = b / c; d = /[/{]\\/}/g; '\\'{' // {").replace(' ', ""), "a=b/c;d=g;");
}

#[test]
fn svelte_keeps_only_its_scripts() {
    let text = "<!-- { -->\n<script lang=\"ts\">\nlet a;\n</script>\n<p>{a}</p>\n";
    assert_eq!(outside_script_tags(text).split_whitespace().collect::<String>(), "leta;");
    assert_eq!(outside_script_tags(text).lines().count(), text.lines().count());
}

#[test]
fn python_blanks_triple_quotes_over_lines() {
    assert_eq!(python("a = '''\n# b\n''' # c\nd = \"#\\\"\" + e").replace(' ', ""), "a=\n\n\nd=+e");
}

#[test]
fn nothing_gets_longer_or_shorter() {
    for text in ["\"open", "'", "r#\"", "/* é", "`${", "/x", "'''", "b'", "'\\"] {
        for mask in [rust, script, python, outside_script_tags] {
            assert_eq!(mask(text).len(), text.len(), "{text}");
        }
    }
}
