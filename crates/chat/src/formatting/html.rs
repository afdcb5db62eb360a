//! From the tree to HTML: only the elements and attributes that stand in this file, every text escaped.

use super::tree::{Block, Inline, Side};

/// The most bytes of HTML that a text may become: what makes more than this of itself is not formatted.
pub(super) fn most(text: &str) -> usize {
    4 * text.len() + 2_000
}

/// Without white space between elements, so that it can be shown with the spaces and lines that it has.
pub(super) fn of(blocks: &[Block]) -> String {
    let mut html = String::new();
    blocks.iter().for_each(|one| block(one, &mut html));
    html
}

fn block(block: &Block, html: &mut String) {
    match block {
        Block::Paragraph(words) => within("p", words, html),
        Block::Words(words) => inlines(words, html),
        Block::Heading(level, words) => {
            // The page has headings of its own, above those of a message.
            within(["h3", "h4", "h5", "h6"][usize::from(level - 1).min(3)], words, html);
        }
        Block::Quote(blocks) => {
            html.push_str("<blockquote>");
            blocks.iter().for_each(|block| self::block(block, html));
            html.push_str("</blockquote>");
        }
        Block::Code { language, text } => {
            html.push_str("<pre><code");
            if let Some(language) = language {
                html.push_str(" class=\"language-");
                escape(language, html);
                html.push('"');
            }
            html.push('>');
            escape(text, html);
            html.push_str("</code></pre>");
        }
        Block::List { start, items } => list(*start, items, html),
        Block::Table { columns, head, rows } => table(columns, head, rows, html),
        Block::Rule => html.push_str("<hr>"),
    }
}

fn list(start: Option<u64>, items: &[Vec<Block>], html: &mut String) {
    match start {
        None => html.push_str("<ul>"),
        Some(1) => html.push_str("<ol>"),
        Some(start) => {
            html.push_str("<ol start=\"");
            html.push_str(&start.to_string());
            html.push_str("\">");
        }
    }
    for item in items {
        html.push_str("<li>");
        item.iter().for_each(|one| block(one, html));
        html.push_str("</li>");
    }
    html.push_str(if start.is_some() { "</ol>" } else { "</ul>" });
}

fn table(columns: &[Side], head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>], html: &mut String) {
    html.push_str("<table><thead>");
    row("th", columns, head, html);
    html.push_str("</thead>");
    if !rows.is_empty() {
        html.push_str("<tbody>");
        rows.iter().for_each(|cells| row("td", columns, cells, html));
        html.push_str("</tbody>");
    }
    html.push_str("</table>");
}

fn row(tag: &str, columns: &[Side], cells: &[Vec<Inline>], html: &mut String) {
    html.push_str("<tr>");
    for (cell, side) in cells.iter().zip(columns) {
        html.push('<');
        html.push_str(tag);
        html.push_str(match side {
            Side::Any => ">",
            Side::Left => " align=\"left\">",
            Side::Middle => " align=\"center\">",
            Side::Right => " align=\"right\">",
        });
        inlines(cell, html);
        close(tag, html);
    }
    html.push_str("</tr>");
}

fn inlines(words: &[Inline], html: &mut String) {
    for inline in words {
        match inline {
            Inline::Text(text) => escape(text, html),
            Inline::Break => html.push_str("<br>"),
            Inline::Strong(words) => within("strong", words, html),
            Inline::Emphasis(words) => within("em", words, html),
            Inline::Strike(words) => within("del", words, html),
            Inline::Spoiler(words) => {
                html.push_str("<span class=\"spoiler\">");
                inlines(words, html);
                html.push_str("</span>");
            }
            Inline::Code(text) => {
                html.push_str("<code>");
                escape(text, html);
                html.push_str("</code>");
            }
            Inline::Maths { display, text } => {
                // Where nothing draws formulas, they are read as they were written.
                html.push_str(if *display { "<code class=\"math display\">" } else { "<code class=\"math\">" });
                escape(text, html);
                html.push_str("</code>");
            }
            Inline::Link { href, words } => {
                html.push_str("<a href=\"");
                escape(href, html);
                html.push_str("\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">");
                inlines(words, html);
                html.push_str("</a>");
            }
        }
    }
}

fn within(tag: &str, words: &[Inline], html: &mut String) {
    html.push('<');
    html.push_str(tag);
    html.push('>');
    inlines(words, html);
    close(tag, html);
}

fn close(tag: &str, html: &mut String) {
    html.push_str("</");
    html.push_str(tag);
    html.push('>');
}

fn escape(text: &str, html: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"']) {
        html.push_str(&rest[..at]);
        html.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => "&quot;",
        });
        rest = &rest[at + 1..];
    }
    html.push_str(rest);
}
