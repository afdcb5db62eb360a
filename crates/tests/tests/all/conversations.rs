//! Each folder of conversations, played by socket and by REST.

use tests::conversation::{covered, features, play_feature};
use tests::{Outcome, check, contract};

macro_rules! feature {
    ($($name:ident)*) => {
        const PLAYED: &[&str] = &[$(stringify!($name)),*];
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() -> Outcome {
                play_feature(stringify!($name)).await
            }
        )*
    };
}

feature!(accounts direct history members messages presence reads rooms sync typing);

#[test]
fn every_folder_of_conversations_is_played() -> Outcome {
    let folders = features()?;
    check!(folders == PLAYED, "folders {folders:?}, played {PLAYED:?}");
    Ok(())
}

#[test]
fn every_command_of_the_table_has_a_conversation() -> Outcome {
    let (commands, _) = covered()?;
    let missing: Vec<String> = contract::table()?.into_keys().filter(|name| !commands.contains(name)).collect();
    check!(missing.is_empty(), "no conversation gives {missing:?}");
    Ok(())
}
