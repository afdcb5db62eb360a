//! CommonMark's own examples, as far as our subset promises them.

use super::html;
use std::collections::BTreeMap;

const SPEC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/node_modules/commonmark-spec/spec.txt");

struct Example {
    section: String,
    number: usize,
    markdown: String,
    wanted: String,
}

fn examples(spec: &str) -> Vec<Example> {
    let (mut found, mut section) = (Vec::new(), String::new());
    let fence = "`".repeat(32);
    let mut lines = spec.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("<!-- END TESTS") {
            break;
        } else if line == format!("{fence} example") {
            let take = |until: &str, lines: &mut std::str::Lines<'_>| {
                let text: Vec<&str> = lines.by_ref().take_while(|line| *line != until).collect();
                text.iter().map(|line| format!("{line}\n")).collect::<String>().replace('→', "\t")
            };
            let (markdown, wanted) = (take(".", &mut lines), take(&fence, &mut lines));
            found.push(Example { section: section.clone(), number: found.len() + 1, markdown, wanted });
        } else if let Some(title) = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')) {
            section = title.to_owned();
        }
    }
    found
}

/// The examples that our subset does not promise, and why.
const NOT_PROMISED: [(&str, &[usize]); 6] = [
    (
        "raw HTML is text",
        &[
            21, 31, 148, 149, 150, 151, 152, 153, 154, 155, 156, 157, 158, 159, 160, 161, 162, 163, 164, 165, 166, 167,
            168, 169, 170, 171, 172, 173, 174, 175, 176, 177, 178, 179, 180, 181, 182, 183, 184, 185, 186, 187, 188,
            189, 190, 191, 308, 309, 344, 475, 476, 477, 489, 494, 524, 580, 613, 614, 615, 616, 617, 623, 625, 626,
            627, 628, 629, 630, 631, 642, 643,
        ],
    ),
    (
        "there are no definitions of links",
        &[
            23, 33, 192, 193, 194, 195, 196, 198, 200, 201, 202, 203, 204, 205, 206, 207, 208, 210, 214, 215, 216, 217,
            218, 317, 527, 528, 529, 530, 531, 532, 533, 534, 535, 536, 537, 538, 539, 540, 541, 542, 543, 544, 545,
            549, 550, 553, 554, 555, 556, 557, 558, 559, 560, 561, 562, 563, 564, 565, 566, 567, 568, 569, 570, 571,
            573, 576, 577, 582, 583, 584, 585, 586, 587, 588, 589, 591, 592, 593,
        ],
    ),
    ("a picture is a link", &[517, 520, 572, 574, 575, 578, 579, 581]),
    (
        "only the web and mail are led to",
        &[22, 32, 484, 485, 486, 487, 491, 495, 498, 500, 502, 503, 504, 507, 510, 518, 519, 596, 598, 599, 600, 601],
    ),
    ("a bare address is a link", &[346, 602, 608, 611]),
    ("the name of a language has no other letters, a scheme is written small", &[34, 39, 144, 597]),
];

#[test]
fn the_examples_that_are_promised_pass_and_no_others() {
    let Ok(spec) = std::fs::read_to_string(SPEC) else {
        return eprintln!("skipped: there is no {SPEC}; `npm ci` in web/ brings it");
    };
    let examples = examples(&spec);
    let passes = |example: &&Example| {
        let (markdown, wanted) = adapted(example);
        html(&markdown).replace(LINK, "") == wanted
    };
    let failed: Vec<usize> = examples.iter().filter(|example| !passes(example)).map(|example| example.number).collect();
    let mut excused: Vec<usize> = NOT_PROMISED.iter().flat_map(|(_, numbers)| *numbers).copied().collect();
    excused.sort_unstable();
    let mut sections: BTreeMap<&str, usize> = BTreeMap::new();
    examples.iter().for_each(|example| *sections.entry(&example.section).or_default() += 1);
    eprintln!("{} of {} examples in {} sections", examples.len() - failed.len(), examples.len(), sections.len());
    assert_eq!(failed, excused);
}

const LINK: &str = " rel=\"noopener noreferrer nofollow\" target=\"_blank\"";

/// An example as this house means it: a new line breaks, headings are smaller, titles are not shown, and addresses are
/// of the web.
fn adapted(example: &Example) -> (String, String) {
    let mut markdown = example.markdown.clone();
    let mut wanted = String::new();
    let mut rest = example.wanted.as_str();
    let mut pre = false;
    while let Some(at) = rest.find('<') {
        let end = rest[at..].find('>').map_or(rest.len(), |end| at + end + 1);
        push(&rest[..at], pre, &mut wanted);
        let tag = &rest[at..end];
        pre = pre && tag != "</pre>" || tag == "<pre>";
        wanted.push_str(&element(tag, &mut markdown));
        rest = &rest[end..];
    }
    push(rest, pre, &mut wanted);
    for block in ["<ul>", "<ol", "<blockquote>", "<pre>", "<p>", "<hr>", "<h3>", "<h4>", "</li>"] {
        wanted = wanted.replace(&format!("<br>{block}"), block);
    }
    (markdown, wanted.replace("<br><br>", "<br>"))
}

fn push(text: &str, pre: bool, wanted: &mut String) {
    if pre {
        return wanted.push_str(text);
    }
    // Lines between blocks are the writer's own; within words they break.
    let open = !["p>", "li>", "quote>", "ul>", "ol>", "hr>", "pre>", "h3>", "h4>", "h5>", "h6>"]
        .iter()
        .any(|tag| wanted.ends_with(tag))
        && !wanted.rsplit('<').next().is_some_and(|tag| tag.starts_with("ol ") && tag.ends_with('>'))
        && !wanted.is_empty();
    let text = if open { text } else { text.trim_start_matches('\n') };
    wanted.push_str(&text.replace('\n', "<br>"));
}

fn element(tag: &str, markdown: &mut String) -> String {
    let name = tag.trim_start_matches(['<', '/']).split([' ', '>']).next().unwrap_or_default();
    match name {
        "hr" => "<hr>".into(),
        "br" => "<br>".into(),
        "h1" => tag.replace("h1", "h3"),
        "h2" => tag.replace("h2", "h4"),
        "h3" => tag.replace("h3", "h5"),
        "h4" | "h5" => tag.replace(name, "h6"),
        "a" if tag.starts_with("<a") => {
            let href = tag.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
            format!("<a href=\"{}\">", of_the_web(href, markdown))
        }
        _ => tag.to_owned(),
    }
}

/// Gives a target of the example an origin.
fn of_the_web(href: &str, markdown: &mut String) -> String {
    if href.contains(':') || href.is_empty() {
        return href.to_owned();
    }
    for before in ["](", "](<", "]( "] {
        *markdown = markdown.replace(&format!("{before}{href}"), &format!("{before}https://x.example/{href}"));
    }
    format!("https://x.example/{href}")
}
