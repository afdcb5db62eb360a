//! What a configuration may say, and what is said of one that is wrong.

use super::source::parse;
use super::{Config, LogFormat, Settings, example};
use chat::Registration;

fn read(file: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    parse(file, "parlour.toml", environment).map_err(|error| error.to_string())
}

fn complaint(file: &str, environment: &[(&str, &str)]) -> String {
    match read(file, environment).and_then(|config| Settings::new(&config).map_err(|error| error.to_string())) {
        Ok(_) => "none".into(),
        Err(complaint) => complaint,
    }
}

#[test]
fn nothing_at_all_is_a_good_configuration() {
    assert_eq!(read("", &[]), Ok(Config::default()));
    assert_eq!(complaint("", &[]), "none");
}

#[test]
fn the_environment_goes_over_the_file() {
    let file = "[server]\nlisten = \"[::1]:1\"\nlimits = false\n[accounts]\nregistration = \"closed\"";
    let environment = [
        ("PARLOUR_SERVER_LISTEN", "[::1]:2"),
        ("PARLOUR_SERVER_ALLOWED_ORIGINS", "https://a.example, https://b.example"),
        ("PARLOUR_ACCOUNTS_SESSION_DAYS", "7"),
        ("PARLOUR_LOG_FORMAT", "json"),
        ("PARLOUR_BIN", "not a key"),
    ];
    let config = read(file, &environment).unwrap();
    assert_eq!(config.server.listen, "[::1]:2");
    assert_eq!(config.server.allowed_origins, ["https://a.example", "https://b.example"]);
    assert!(!config.server.limits);
    assert_eq!(config.accounts.registration, Registration::Closed);
    assert_eq!(config.accounts.session_days, 7);
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn an_unknown_key_is_named_with_the_nearest_that_there_is() {
    assert!(complaint("[server]\nlisten_on = 1", &[]).contains("“server.listen_on”; did you mean “server.listen”?"));
    assert!(complaint("[serve]\nlisten = 1", &[]).contains("no section “serve”; did you mean “server”?"));
    assert!(complaint("[data]\nxyzzy = 1", &[]).contains("no key “data.xyzzy”"));
    assert!(complaint("listen = 1", &[]).contains("no section “listen”"));
    let variable = complaint("", &[("PARLOUR_SERVER_LISTN", "x")]);
    assert!(variable.contains("PARLOUR_SERVER_LISTN") && variable.contains("“PARLOUR_SERVER_LISTEN”"), "{variable}");
}

#[test]
fn a_wrong_value_is_named_with_what_it_has_to_be() {
    for (file, key) in [
        ("[server]\nlisten = 8080", "server.listen"),
        ("[server]\nlimits = \"off\"", "server.limits"),
        ("[server]\nconnections = -1", "server.connections"),
        ("[server]\nallowed_origins = [1]", "server.allowed_origins"),
        ("[server]\nallowed_origins = [\"*\"]", "server.allowed_origins"),
        ("[server]\npublic_url = \"https://a.example/chat\"", "server.public_url"),
        ("[server]\npublic_url = \"ftp://a.example\"", "server.public_url"),
        ("[server]\ntrusted_proxies = [\"10.0.0.0/40\"]", "server.trusted_proxies"),
        ("[accounts]\nregistration = \"some\"", "registration"),
        ("[accounts]\nsession_days = 0", "accounts.session_days"),
        ("[socket]\nping_interval = 0", "socket.ping_interval"),
        ("[socket]\noutbox_bytes = 1", "socket.outbox_bytes"),
        ("[database]\nurl = \"mysql://a:secret@b/c\"", "database.url"),
        ("[database]\nreaders = 0", "database.readers"),
        ("[database]\nquestion_time = 0", "database.question_time"),
        ("[cluster]\nnats = \"nats://a:4222\"", "database.url"),
        ("[cluster]\nnats_key = \"key.pem\"", "cluster.nats_certificate"),
        ("server = 1", "server"),
        ("[server", "not TOML"),
    ] {
        let complaint = complaint(file, &[]);
        assert!(complaint.contains(key), "{file}: {complaint}");
        assert!(!complaint.contains("secret"), "{complaint}");
    }
    assert!(
        complaint("", &[("PARLOUR_SERVER_LIMITS", "perhaps")])
            .contains("PARLOUR_SERVER_LIMITS has to be true or false")
    );
}

#[test]
fn the_example_is_what_holds_without_it() {
    let example = example();
    let uncommented: String = example
        .lines()
        .filter_map(|line| {
            if line.starts_with('[') { Some(line) } else { line.strip_prefix("# ").filter(|_| line.contains(" = ")) }
        })
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(read(&uncommented, &[]), Ok(Config::default()), "{example}");
    assert_eq!(read(&example, &[]), Ok(Config::default()));
    assert!(example.contains("# The folder of the database"));
}

#[test]
fn the_public_address_is_the_one_that_is_listened_on_unless_another_is_configured() {
    let reached = |file: &str, address: &str| {
        let mut settings = Settings::new(&read(file, &[]).unwrap()).unwrap();
        settings.listening(address.parse().unwrap());
        assert_eq!(settings.chat.public_url, settings.doors.public_url);
        settings.doors.public_url
    };
    assert_eq!(reached("", "127.0.0.1:4000"), "http://127.0.0.1:4000");
    assert_eq!(reached("", "0.0.0.0:4000"), "http://localhost:4000");
    assert_eq!(
        reached("[server]\npublic_url = \"https://chat.example.org/\"", "0.0.0.0:1"),
        "https://chat.example.org"
    );
}

#[test]
fn passwords_of_other_servers_are_not_shown() {
    let file = "[database]\nurl = \"postgres://parlour:secret@db/parlour\"\n[cluster]\nnats = \"nats://me:secret@a:4222, tls://b\"";
    let settings = Settings::new(&read(file, &[]).unwrap()).unwrap();
    let shown = format!("{settings:?}");
    assert!(shown.contains("db/parlour") && shown.contains("a:4222") && shown.contains("tls://b"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
    assert_eq!(settings.chat.nats.servers.len(), 2);
}
