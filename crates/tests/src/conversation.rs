//! Conversations: text files that read aloud, played against the built binary.
//!
//! Each file is played twice, with commands by a WebSocket and with commands by REST and ops by polling, every time on
//! a server of its own, of one node or of several. Where there are several, each device is on the next one and each
//! request goes to the next one. At its end every connected device must agree with the server (`oracle`).

mod answers;
mod deeds;
mod parse;
mod scene;
mod scenery;
mod sights;
mod step;
mod tokens;

use crate::device::Way;
use crate::server::{Stage, repository};
use crate::{Failure, Outcome, check};
use scene::Scene;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;
use step::Step;
use tokio::task::JoinSet;

/// How many conversations of a folder are played at once: each has a server of its own.
const AT_ONCE: usize = 3;

/// Plays every conversation of one feature both ways, prints a line for each, and fails if one failed.
pub async fn play_feature(feature: &str, stage: Stage) -> Outcome {
    if let Some(reason) = stage.skipped() {
        println!("skipped: {reason}");
        return Ok(());
    }
    let files = files(feature)?;
    check!(!files.is_empty(), "there is no conversation about {feature}");
    let mut waiting = files.into_iter().flat_map(|file| [(file.clone(), Way::Socket), (file, Way::Rest)]);
    let (mut playing, mut failures) = (JoinSet::new(), Vec::new());
    loop {
        while playing.len() < AT_ONCE
            && let Some((file, way)) = waiting.next()
        {
            playing.spawn(async move {
                let began = Instant::now();
                let outcome = play(&file, way, stage).await;
                (title(&file, way), began.elapsed(), outcome)
            });
        }
        let Some(played) = playing.join_next().await else { break };
        let (title, took, outcome) = played?;
        match outcome {
            Ok(()) => println!("   ok   {title} ({} ms)", took.as_millis()),
            Err(failure) => {
                println!("FAILED  {title}\n    {failure}");
                failures.push(title);
            }
        }
    }
    check!(failures.is_empty(), "{} failed:\n  {}", failures.len(), failures.join("\n  "));
    Ok(())
}

/// The features that have a folder of conversations.
pub fn features() -> Outcome<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder())? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found.sort();
    Ok(found)
}

/// Every command that some conversation gives, and every code with which one is refused.
pub fn covered() -> Outcome<(Vec<String>, Vec<String>)> {
    let (mut commands, mut codes) = (Vec::new(), Vec::new());
    for feature in features()? {
        for file in files(&feature)? {
            for step in read(&file)? {
                commands.extend(step.commands());
                codes.extend(step.code().map(str::to_string));
            }
        }
    }
    for list in [&mut commands, &mut codes] {
        list.sort();
        list.dedup();
    }
    Ok((commands, codes))
}

/// Reads one conversation out of `text`; failures name `name` and the line.
pub fn check_words(name: &str, text: &str) -> Outcome<usize> {
    Ok(parse::conversation(name, text)?.len())
}

async fn play(file: &Path, way: Way, stage: Stage) -> Outcome {
    let steps = read(file)?;
    let name = place(file);
    let mut scene = Scene::new(way, stage)?;
    for step in &steps {
        let outcome = scene.play(step).await;
        outcome.map_err(|failure| {
            Failure(format!("{name}:{}: {}\n    {failure}{}", step.line, step.words, scene.log()))
        })?;
    }
    scene.finish().await.map_err(|failure| failure.during(format!("{name}: at the end")))
}

fn read(file: &Path) -> Outcome<Vec<Step>> {
    parse::conversation(&place(file), &fs::read_to_string(file)?)
}

fn files(feature: &str) -> Outcome<Vec<PathBuf>> {
    let only = std::env::var("PARLOUR_ONLY").unwrap_or_default();
    let mut files = Vec::new();
    for entry in fs::read_dir(folder().join(feature))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "txt") && path.to_string_lossy().contains(&only) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn folder() -> PathBuf {
    repository().join("crates/tests/conversations")
}

/// The file's path below the folder of conversations.
fn place(file: &Path) -> String {
    let parts: Vec<_> = file.iter().rev().take(2).map(|part| part.to_string_lossy().into_owned()).collect();
    format!("conversations/{}", parts.into_iter().rev().collect::<Vec<_>>().join("/"))
}

fn title(file: &Path, way: Way) -> String {
    let by = if way == Way::Socket { "by socket" } else { "by REST" };
    format!("{} ({by})", place(file).trim_start_matches("conversations/").trim_end_matches(".txt"))
}
