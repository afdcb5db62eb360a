//! What the command line answers to people who look after a server.

use rusqlite::Connection;
use std::fs;
use tests::folder::Folder;
use tests::people::PASSWORD;
use tests::rest::Rest;
use tests::server::{Server, Setting, Stage, run};
use tests::{Outcome, check, contract};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn help_and_version_say_what_there_is() -> Outcome {
    let (status, help, _) = run(&["--help"], "").await?;
    check!(status.success(), "--help ends with {status}");
    for word in ["serve", "migrate", "user", "import", "check-config", "version"] {
        check!(help.contains(word), "--help does not name `{word}`:\n{help}");
    }
    let (status, version, _) = run(&["version"], "").await?;
    check!(status.success() && version.contains(env!("CARGO_PKG_VERSION")), "version says {version:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_configuration_is_refused_by_name() -> Outcome {
    let folder = Folder::new()?;
    let file = folder.join("parlour.toml");
    for (text, word) in [
        ("[accounts]\nregistratoin = \"open\"\n", "registratoin"),
        ("[acounts]\nregistration = \"open\"\n", "acounts"),
        ("[accounts]\nregistration = \"maybe\"\n", "registration"),
        ("[server]\nlimits = \"off course\"\n", "limits"),
        ("[server\n", "parlour.toml"),
    ] {
        fs::write(&file, text)?;
        let path = file.to_string_lossy().into_owned();
        let (status, out, complaint) = run(&["check-config", "--config", &path], "").await?;
        let said = format!("{out}{complaint}");
        check!(!status.success(), "{text:?} is accepted");
        check!(said.contains(word) && !said.contains("panicked"), "{text:?} is refused with {said:?}");
    }
    let (status, ..) = run(&["check-config", "--config", &folder.join("none.toml").to_string_lossy()], "").await?;
    check!(!status.success(), "a file that is not there is accepted");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_cannot_share_a_data_folder() -> Outcome {
    let server = Server::empty(Setting { stage: Stage::Sqlite, ..Setting::default() }).await?;
    let data = server.data().to_string_lossy().into_owned();
    let (status, out, complaint) = run(&["serve", "--listen", "127.0.0.1:0", "--data", &data], "").await?;
    check!(!status.success(), "a second server started on the same data:\n{out}");
    check!(!complaint.contains("panicked"), "it panics: {complaint}");
    let (status, _) = Rest::new(server.address(), None)?.get("/api/openapi.json").await?;
    check!(status == 200, "the first server answers {status}");
    let wish = serde_json::json!({"username": "zoe", "password": PASSWORD});
    let registered = Rest::new(server.address(), None)?.call(&contract::table()?, "accounts.create", &wish).await?;
    check!(registered.is_ok(), "the first server cannot write any more: {registered:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_of_a_newer_version_is_refused_and_left_alone() -> Outcome {
    let mut server = Server::empty(Setting { stage: Stage::Sqlite, ..Setting::default() }).await?;
    server.stop().await?;
    let (data, file) = (server.data(), server.data().join("parlour.db"));
    let database = Connection::open(&file)?;
    database.execute("INSERT INTO migrations (number, checksum) VALUES (9999, 'of the future')", [])?;
    drop(database);
    let before = fs::read(&file)?;
    let data = data.to_string_lossy().into_owned();
    for command in [&["serve", "--listen", "127.0.0.1:0", "--data", &data][..], &["migrate", "--data", &data][..]] {
        let (status, _, complaint) = run(command, "").await?;
        check!(!status.success(), "{} is not refused", command[0]);
        check!(complaint.contains("newer") && !complaint.contains("panicked"), "{} says {complaint:?}", command[0]);
    }
    check!(fs::read(&file)? == before, "the database was written to");
    Ok(())
}
