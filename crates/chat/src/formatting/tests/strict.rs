//! A strict reader of the HTML that we make: everything that is not on its list is an error.

/// Elements with the attributes that each may have; those of the second list have no end.
const ELEMENTS: [(&str, &[&str]); 22] = [
    ("p", &[]),
    ("h3", &[]),
    ("h4", &[]),
    ("h5", &[]),
    ("h6", &[]),
    ("strong", &[]),
    ("em", &[]),
    ("del", &[]),
    ("code", &["class"]),
    ("pre", &[]),
    ("blockquote", &[]),
    ("ul", &[]),
    ("ol", &["start"]),
    ("li", &[]),
    ("a", &["href", "rel", "target"]),
    ("span", &["class"]),
    ("table", &[]),
    ("thead", &[]),
    ("tbody", &[]),
    ("tr", &[]),
    ("th", &["align"]),
    ("td", &["align"]),
];
const EMPTY: [&str; 2] = ["br", "hr"];

/// Ok where every element is known and closed, every attribute known and well, and every sign escaped.
pub(super) fn check(html: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text(&rest[..at])?;
        let end = rest[at..].find('>').ok_or("an element does not end")? + at;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes another"));
            }
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        if EMPTY.contains(&name) && attributes.is_empty() {
            continue;
        }
        let Some((_, known)) = ELEMENTS.iter().find(|(element, _)| *element == name) else {
            return Err(format!("there is no <{name}>"));
        };
        if name == "a" && open.contains(&"a") {
            return Err("a link within a link".into());
        }
        self::attributes(name, attributes, known)?;
        open.push(name);
    }
    text(rest)?;
    if open.is_empty() { Ok(()) } else { Err(format!("not closed: {open:?}")) }
}

fn attributes(element: &str, mut rest: &str, known: &[&str]) -> Result<(), String> {
    let mut names = Vec::new();
    while !rest.is_empty() {
        let (name, value) = rest.split_once("=\"").ok_or("an attribute without a value")?;
        let (value, more) = value.split_once('"').ok_or("a value does not end")?;
        rest = more.strip_prefix(' ').unwrap_or(more);
        text(value)?;
        let well = match name {
            "href" => ["https://", "http://", "mailto:"].iter().any(|scheme| value.starts_with(scheme)),
            "rel" => value == "noopener noreferrer nofollow",
            "target" => value == "_blank",
            "start" => value.parse::<u32>().is_ok(),
            "align" => ["left", "center", "right"].contains(&value),
            "class" if element == "span" => value == "spoiler",
            "class" => {
                ["math", "math display"].contains(&value) || value.starts_with("language-") && !value.contains(' ')
            }
            _ => false,
        };
        if !known.contains(&name) || !well {
            return Err(format!("<{element} {name}=\"{value}\">"));
        }
        names.push(name);
    }
    if element == "a" && names != ["href", "rel", "target"] {
        return Err("a link lacks something".into());
    }
    Ok(())
}

fn text(text: &str) -> Result<(), String> {
    let whole = |rest: &str| ["amp;", "lt;", "gt;", "quot;"].iter().any(|entity| rest.starts_with(entity));
    if text.contains(['<', '>', '"']) || !text.split('&').skip(1).all(whole) {
        return Err(format!("not escaped: {text:?}"));
    }
    Ok(())
}

#[test]
fn the_strict_reader_lets_nothing_else_pass() {
    assert_eq!(check("<p>a &amp; b<br></p><hr>"), Ok(()));
    for wrong in [
        "<p>",
        "<p></em>",
        "<script></script>",
        "<img>",
        "<p onclick=\"x\"></p>",
        "<a href=\"javascript:x\" rel=\"noopener noreferrer nofollow\" target=\"_blank\"></a>",
        "<a href=\"https://x.example\"></a>",
        "a & b",
        "a > b",
        "<p class=x></p>",
        "<p",
        "<span class=\"x\"></span>",
    ] {
        assert!(check(wrong).is_err(), "{wrong}");
    }
}
