//! The tree: everything that a formatted message can consist of.

/// A part that stands by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Paragraph(Vec<Inline>),
    /// Words of a list's item that is no paragraph.
    Words(Vec<Inline>),
    /// From 1, the largest, to 6.
    Heading(u8, Vec<Inline>),
    Quote(Vec<Block>),
    Code {
        language: Option<String>,
        text: String,
    },
    /// With the first number, where the items are numbered.
    List {
        start: Option<u64>,
        items: Vec<Vec<Block>>,
    },
    Table {
        columns: Vec<Side>,
        head: Vec<Vec<Inline>>,
        rows: Vec<Vec<Vec<Inline>>>,
    },
    Rule,
}

/// Where the words of a table's column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Any,
    Left,
    Middle,
    Right,
}

/// A part within a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Inline {
    Text(String),
    Break,
    Strong(Vec<Inline>),
    Emphasis(Vec<Inline>),
    Strike(Vec<Inline>),
    Spoiler(Vec<Inline>),
    Code(String),
    Maths {
        /// On lines of its own.
        display: bool,
        text: String,
    },
    /// `href` has been checked.
    Link {
        href: String,
        words: Vec<Inline>,
    },
}

/// Whether there is anything to see: a dash alone is an empty list, which would show less than the dash.
pub(super) fn say_something(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| match block {
        Block::Paragraph(words) | Block::Words(words) | Block::Heading(_, words) => !words.is_empty(),
        Block::Quote(blocks) => say_something(blocks),
        Block::Code { text, .. } => !text.is_empty(),
        Block::List { items, .. } => items.iter().any(|item| say_something(item)),
        Block::Table { head, rows, .. } => head.iter().chain(rows.iter().flatten()).any(|cell| !cell.is_empty()),
        Block::Rule => true,
    })
}

/// The texts of people's own words, without code, mathematics and what leads elsewhere.
pub(super) fn spoken(blocks: &[Block]) -> Vec<String> {
    let mut texts = Vec::new();
    blocks.iter().for_each(|block| spoken_in_block(block, &mut texts));
    texts
}

fn spoken_in_block(block: &Block, texts: &mut Vec<String>) {
    match block {
        Block::Paragraph(words) | Block::Words(words) | Block::Heading(_, words) => spoken_in(words, texts),
        Block::Quote(blocks) => blocks.iter().for_each(|block| spoken_in_block(block, texts)),
        Block::List { items, .. } => items.iter().flatten().for_each(|block| spoken_in_block(block, texts)),
        Block::Table { head, rows, .. } => {
            head.iter().chain(rows.iter().flatten()).for_each(|cell| spoken_in(cell, texts));
        }
        Block::Code { .. } | Block::Rule => {}
    }
}

fn spoken_in(words: &[Inline], texts: &mut Vec<String>) {
    for inline in words {
        match inline {
            Inline::Text(text) => texts.push(text.clone()),
            Inline::Strong(words) | Inline::Emphasis(words) | Inline::Strike(words) | Inline::Spoiler(words) => {
                spoken_in(words, texts);
            }
            Inline::Break | Inline::Code(_) | Inline::Maths { .. } | Inline::Link { .. } => {}
        }
    }
}
