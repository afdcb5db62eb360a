//! From the tree to plain text: for lines that show no formatting.

use super::tree::{Block, Inline};

/// What stands for words that are not to be seen before they are asked for.
const HIDDEN: &str = "▒▒▒";

/// A line for each line; spoilers stay hidden.
pub(super) fn of(blocks: &[Block]) -> String {
    let mut text = String::new();
    blocks.iter().for_each(|one| block(one, &mut text));
    text.truncate(text.trim_end().len());
    text
}

fn block(block: &Block, text: &mut String) {
    match block {
        Block::Paragraph(words) | Block::Words(words) | Block::Heading(_, words) => inlines(words, text),
        Block::Quote(blocks) => blocks.iter().for_each(|block| self::block(block, text)),
        Block::Code { text: code, .. } => text.push_str(code),
        Block::List { start, items } => {
            for (at, item) in (0..).zip(items) {
                match start {
                    None => text.push_str("- "),
                    Some(start) => text.push_str(&format!("{}. ", start.saturating_add(at))),
                }
                item.iter().for_each(|block| self::block(block, text));
                end_line(text);
            }
        }
        Block::Table { head, rows, .. } => {
            for row in std::iter::once(head).chain(rows) {
                let filled = row.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
                for (at, cell) in row[..filled].iter().enumerate() {
                    text.push_str(if at > 0 { " | " } else { "" });
                    inlines(cell, text);
                }
                end_line(text);
            }
        }
        Block::Rule => text.push_str("---"),
    }
    end_line(text);
}

fn end_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

fn inlines(words: &[Inline], text: &mut String) {
    for inline in words {
        match inline {
            Inline::Text(words) | Inline::Code(words) | Inline::Maths { text: words, .. } => text.push_str(words),
            Inline::Break => text.push('\n'),
            Inline::Spoiler(_) => text.push_str(HIDDEN),
            Inline::Strong(words) | Inline::Emphasis(words) | Inline::Strike(words) | Inline::Link { words, .. } => {
                inlines(words, text)
            }
        }
    }
}
