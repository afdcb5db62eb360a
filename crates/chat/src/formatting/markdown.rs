//! From Markdown to the tree: what CommonMark's parser says, within limits, as people who chat expect it.

use super::amend::{self, Seen, Taken};
use super::tree::{Block, Inline, Side};
use super::words::{alone_in_brackets, finish, lines, link};
use crate::text;
use pulldown_cmark::{Alignment, CodeBlockKind, CowStr, Event, LinkType, OffsetIter, Options, Parser, Tag};
use std::iter::Peekable;
use std::ops::Range;

/// How deep quotes, lists and emphasis may stand in each other.
const DEEPEST: usize = 24;
/// The most parts of a message.
const MOST_PARTS: usize = 5_000;
/// The most columns of a table.
const MOST_COLUMNS: usize = 32;

/// A message's tree; none where it does not fit the limits.
pub(super) fn parse(source: &str) -> Option<Vec<Block>> {
    (source.len() <= 4 * text::MESSAGE).then(|| parse_any(source)).flatten()
}

/// The same, however long it is.
pub(super) fn parse_any(source: &str) -> Option<Vec<Block>> {
    let (blocks, seen) = read(source, true)?;
    let Some(amended) = amend::amended(source, &seen) else { return Some(blocks) };
    let (blocks, seen) = read(&amended, !seen.money)?;
    // What is defined vanishes from the page: no words may do that.
    (!seen.definitions).then_some(blocks)
}

/// A text in which nothing means anything: one paragraph, with its lines.
pub(super) fn as_it_is(text: &str) -> Vec<Block> {
    vec![Block::Paragraph(lines(text))]
}

fn read(source: &str, maths: bool) -> Option<(Vec<Block>, Seen)> {
    let mut options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    options.set(Options::ENABLE_MATH, maths);
    let parser = Parser::new_ext(source, options);
    let definitions = parser.reference_definitions().iter().next().is_some();
    let mut reader = Reader {
        source,
        events: parser.into_offset_iter().peekable(),
        seen: Seen { definitions, ..Seen::default() },
        depth: 0,
        parts: 0,
        text_end: None,
    };
    let blocks = reader.blocks()?;
    Some((blocks, reader.seen))
}

struct Reader<'a> {
    source: &'a str,
    events: Peekable<OffsetIter<'a>>,
    seen: Seen,
    depth: usize,
    parts: usize,
    /// Where the last text ended, if the next may go on there.
    text_end: Option<usize>,
}

/// None where a limit was reached.
type Within<T> = Option<T>;

impl<'a> Reader<'a> {
    fn count(&mut self) -> Within<()> {
        self.parts += 1;
        (self.parts <= MOST_PARTS).then_some(())
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Within<T>) -> Within<T> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let found = read(self)?;
        self.depth -= 1;
        self.text_end = None;
        Some(found)
    }

    /// The blocks up to the end of what holds them.
    fn blocks(&mut self) -> Within<Vec<Block>> {
        let mut blocks = Vec::new();
        let mut words = Vec::new();
        while let Some((event, range)) = self.events.next() {
            self.count()?;
            match event {
                Event::End(_) => break,
                Event::Start(tag) if is_block(&tag) => {
                    end_words(&mut words, &mut blocks);
                    let block = self.deeper(|reader| reader.block(tag, range))?;
                    blocks.extend(block);
                }
                Event::Rule => {
                    end_words(&mut words, &mut blocks);
                    blocks.push(Block::Rule);
                }
                event => self.inline(event, range, &mut words)?,
            }
        }
        end_words(&mut words, &mut blocks);
        Some(blocks)
    }

    fn block(&mut self, tag: Tag<'a>, range: Range<usize>) -> Within<Option<Block>> {
        Some(Some(match tag {
            Tag::Paragraph => Block::Paragraph(self.finished()?),
            Tag::Heading { level, .. } => Block::Heading(level as u8, self.finished()?),
            Tag::BlockQuote(_) => Block::Quote(self.blocks()?),
            Tag::CodeBlock(kind) => {
                self.seen.taken.push((Taken::Verbatim, range));
                let language = match kind {
                    CodeBlockKind::Fenced(info) => language(&info),
                    CodeBlockKind::Indented => None,
                };
                let mut text = self.verbatim()?;
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push('\n');
                }
                Block::Code { language, text }
            }
            Tag::HtmlBlock => {
                self.seen.taken.push((Taken::Verbatim, range));
                Block::Paragraph(finish(lines(self.verbatim()?.trim_end())))
            }
            Tag::List(start) => {
                let mut items = Vec::new();
                while let Some((Event::Start(Tag::Item), _)) = self.events.next() {
                    self.count()?;
                    items.push(self.deeper(Self::blocks)?);
                }
                Block::List { start, items }
            }
            Tag::Table(columns) => return self.table(&columns).map(Some),
            // Not asked for: an end follows.
            _ => {
                self.blocks()?;
                return Some(None);
            }
        }))
    }

    fn table(&mut self, columns: &[Alignment]) -> Within<Block> {
        if columns.len() > MOST_COLUMNS {
            return None;
        }
        let columns = columns.iter().map(|side| match side {
            Alignment::None => Side::Any,
            Alignment::Left => Side::Left,
            Alignment::Center => Side::Middle,
            Alignment::Right => Side::Right,
        });
        let (mut head, mut rows) = (Vec::new(), Vec::new());
        while let Some((Event::Start(tag), _)) = self.events.next() {
            let mut cells = Vec::new();
            while let Some((Event::Start(Tag::TableCell), _)) = self.events.next() {
                self.count()?;
                cells.push(self.deeper(Self::finished)?);
            }
            match tag {
                Tag::TableHead => head = cells,
                _ => rows.push(cells),
            }
        }
        Some(Block::Table { columns: columns.collect(), head, rows })
    }

    /// Text without any meaning, up to its end.
    fn verbatim(&mut self) -> Within<String> {
        let mut text = String::new();
        for (event, _) in self.events.by_ref() {
            match event {
                Event::Text(more) | Event::Html(more) => text.push_str(&more),
                Event::End(_) => break,
                _ => {}
            }
        }
        Some(text)
    }

    /// The inlines up to the end of what holds them, with all that this house adds to them.
    fn finished(&mut self) -> Within<Vec<Inline>> {
        self.inlines().map(finish)
    }

    fn inlines(&mut self) -> Within<Vec<Inline>> {
        let mut words = Vec::new();
        self.text_end = None;
        while let Some((event, range)) = self.events.next() {
            self.count()?;
            match event {
                Event::End(_) => break,
                event => self.inline(event, range, &mut words)?,
            }
        }
        Some(words)
    }

    fn inline(&mut self, event: Event<'a>, range: Range<usize>, words: &mut Vec<Inline>) -> Within<()> {
        match event {
            Event::Text(text) => self.text(&text, range, words),
            Event::SoftBreak | Event::HardBreak => words.push(Inline::Break),
            Event::Code(text) => {
                self.seen.taken.push((Taken::Verbatim, range));
                words.push(Inline::Code(text.into_string()));
            }
            Event::InlineHtml(text) | Event::Html(text) => {
                self.seen.taken.push((Taken::Verbatim, range));
                words.extend(lines(&text));
            }
            Event::InlineMath(text) => self.maths(false, text, range, words),
            Event::DisplayMath(text) => self.maths(true, text, range, words),
            Event::Start(tag) => {
                let found = self.deeper(|reader| reader.span(tag, range))?;
                words.extend(found);
            }
            // Not asked for.
            Event::End(_) | Event::Rule | Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
        Some(())
    }

    fn text(&mut self, text: &str, range: Range<usize>, words: &mut Vec<Inline>) {
        let follows = self.text_end == Some(range.start);
        let escaped = !follows && self.source[..range.start].ends_with('\\') && text.starts_with('|');
        let entity = self.source[range.clone()] != *text;
        match self.seen.texts.last_mut() {
            Some(last) if follows && !entity && last.end == range.start => last.end = range.end,
            _ if entity => {}
            _ => self.seen.texts.push(range.clone()),
        }
        self.text_end = Some(range.end);
        match words.last_mut() {
            Some(Inline::Text(before)) if follows => before.push_str(text),
            // A bar that was escaped is no part of a mark.
            _ if escaped => {
                let (bar, rest) = text.split_at(1);
                words.extend([Inline::Text(bar.to_owned()), Inline::Text(rest.to_owned())]);
            }
            _ => words.push(Inline::Text(text.to_owned())),
        }
    }

    fn maths(&mut self, display: bool, text: CowStr<'a>, range: Range<usize>, words: &mut Vec<Inline>) {
        self.seen.money |= !display && is_hardly_maths(self.source, &text, &range);
        self.seen.taken.push((Taken::Maths, range));
        words.push(Inline::Maths { display, text: text.trim().to_owned() });
    }

    /// Emphasis, links and the like.
    fn span(&mut self, tag: Tag<'a>, range: Range<usize>) -> Within<Vec<Inline>> {
        Some(match tag {
            Tag::Emphasis => vec![Inline::Emphasis(self.finished()?)],
            Tag::Strong => vec![Inline::Strong(self.finished()?)],
            Tag::Strikethrough => {
                let words = self.finished()?;
                if self.source[range].starts_with("~~") {
                    vec![Inline::Strike(words)]
                } else {
                    // One wave means "about".
                    let wave = || Inline::Text("~".into());
                    [wave()].into_iter().chain(words).chain([wave()]).collect()
                }
            }
            Tag::Link { link_type, dest_url, title, .. } => {
                let alone = matches!(link_type, LinkType::Autolink | LinkType::Email);
                self.seen.taken.push((if alone { Taken::Verbatim } else { Taken::Link }, range));
                let words = self.inlines()?;
                match link_type {
                    LinkType::Autolink => alone_in_brackets(&dest_url, words),
                    LinkType::Email => alone_in_brackets(&format!("mailto:{dest_url}"), words),
                    _ => link("[", words, &dest_url, &title),
                }
            }
            Tag::Image { dest_url, title, .. } => {
                self.seen.taken.push((Taken::Link, range));
                link("![", self.inlines()?, &dest_url, &title)
            }
            _ => self.finished()?,
        })
    }
}

fn is_block(tag: &Tag<'_>) -> bool {
    !matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. })
}

fn end_words(words: &mut Vec<Inline>, blocks: &mut Vec<Block>) {
    if !words.is_empty() {
        blocks.push(Block::Words(finish(std::mem::take(words))));
    }
}

/// The first word after a fence, if it can be the name of a language.
fn language(info: &str) -> Option<String> {
    let word = info.split([' ', ',', '{']).next().unwrap_or_default();
    let letter = |letter: char| letter.is_ascii_alphanumeric() || "+#.-_".contains(letter);
    (!word.is_empty() && word.len() <= 32 && word.chars().all(letter)).then(|| word.to_ascii_lowercase())
}

/// Prices, names of variables and calls of functions that happen to stand between two dollar signs.
fn is_hardly_maths(source: &str, text: &str, range: &Range<usize>) -> bool {
    let before = source[..range.start].chars().next_back();
    let after = source[range.end..].chars().next();
    let opens = before.is_none_or(|letter| letter.is_whitespace() || "([{\"'-—|*_>".contains(letter));
    let closes = after.is_none_or(|letter| letter.is_whitespace() || ".,;:!?)]}\"'-—|*_<".contains(letter));
    let signs = text.contains(['\\', '^', '_', '=', '{', '+', '-', '*', '/', '<', '>']);
    let price = text.starts_with(|letter: char| letter.is_ascii_digit()) && text.contains(' ') && !signs;
    !opens || !closes || price || text.contains('\n')
}
