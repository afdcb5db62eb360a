//! Pushes, as a push service that is not ours receives, opens and checks them: who is woken, with which words, and what
//! happens when it is read, when the service is busy, and when the browser is gone.

mod browsers;

use browsers::Service;
use serde_json::{Value, json};
use tests::gathering::{Gathering, cid};
use tests::people::PASSWORD;
use tests::rest::Rest;
use tests::server::{Setting, Stage};
use tests::socket::Transport;
use tests::{Failure, Outcome, check};

const ADA: usize = 0;
const BO: usize = 1;
const CLEO: usize = 2;

/// A server that may push to this machine.
const PRIVATE: &str =
    "[push]\nprivate = true\ncontact = \"mailto:operator@example.org\"\n\n[metrics]\ntoken = \"secret\"\n";

/// Ada and Bo in the garden, and a push service at which Ada's browser is.
struct Scene {
    gathering: Gathering,
    service: Service,
}

impl Scene {
    /// None where something that it needs is not there, which is said.
    async fn on(stage: Stage) -> Outcome<Option<Scene>> {
        if let Some(reason) = stage.skipped().or_else(browsers::missing) {
            println!("skipped: {reason}");
            return Ok(None);
        }
        let setting = Setting { config: PRIVATE.into(), stage, ..Setting::default() };
        let gathering = Gathering::of(2, setting).await?;
        let mut service = Service::start().await?;
        let subscription = service.make("ada").await?;
        gathering.value(ADA, "push.subscribe", &subscription).await?;
        Ok(Some(Scene { gathering, service }))
    }

    async fn says(&self, text: &str) -> Outcome<Value> {
        let wish = json!({"cid": cid(), "room": self.gathering.room, "text": text});
        self.gathering.value(BO, "messages.send", &wish).await
    }

    async fn wants(&self, level: Option<&str>, muted: Option<&str>) -> Outcome {
        let mut wish = json!({"room": self.gathering.room});
        for (field, value) in [("level", level), ("muted_until", muted)] {
            if let Some(value) = value {
                wish[field] = json!(value);
            }
        }
        self.gathering.value(ADA, "rooms.notify", &wish).await?;
        Ok(())
    }

    /// The next push to Ada's browser.
    async fn pushed(&mut self) -> Outcome<Value> {
        self.service.pushed("ada").await
    }

    /// Nothing of what was said before wakes Ada: the next thing that does is this.
    async fn nothing_before(&mut self, direct: &Value) -> Outcome {
        let text = format!("and now {}", cid());
        let wish = json!({"cid": cid(), "room": direct, "text": text});
        self.gathering.value(BO, "messages.send", &wish).await?;
        let pushed = self.pushed().await?;
        check!(pushed["words"]["body"] == json!(text), "Ada was woken by {pushed}");
        Ok(())
    }

    async fn direct(&self) -> Outcome<Value> {
        let ada = &self.gathering.accounts[ADA].id;
        Ok(self.gathering.value(BO, "direct.open", &json!({"users": [ada]})).await?["id"].clone())
    }

    /// Another session of Ada's with a browser of that name.
    async fn second(&mut self, name: &str) -> Outcome<Rest> {
        let wish = json!({"username": self.gathering.accounts[ADA].username, "password": PASSWORD, "label": name});
        let answer = self.gathering.value(ADA, "sessions.create", &wish).await?;
        let rest = self.gathering.rest(ADA)?.signed_in(answer["token"].as_str().unwrap_or_default());
        let subscription = self.service.make(name).await?;
        self.value(&rest, "push.subscribe", &subscription).await?;
        Ok(rest)
    }

    async fn value(&self, rest: &Rest, command: &str, wish: &Value) -> Outcome<Value> {
        let answer = rest.call(&self.gathering.table, command, wish).await?;
        answer.map_err(|error| Failure(format!("{command}: {error}")))
    }

    async fn is_subscribed(&self) -> Outcome<bool> {
        Ok(self.gathering.value(ADA, "push.key", &json!({})).await?["subscribed"] == json!(true))
    }
}

async fn who_is_woken(stage: Stage) -> Outcome {
    let Some(mut scene) = Scene::on(stage).await? else { return Ok(()) };
    let room = json!(scene.gathering.room);
    let said = scene.says("@ada come to the ||secret|| *garden*").await?;
    let pushed = scene.pushed().await?;
    let bo = scene.gathering.value(BO, "profile.get", &json!({})).await?;
    let title = format!("{} · #garden", bo["display_name"].as_str().unwrap_or_default());
    let body = "@ada come to the ▒▒▒ garden";
    let words = json!({"kind": "message", "room": room, "seq": said["seq"], "title": title, "body": body, "badge": 1});
    check!(pushed["words"] == words, "{pushed}, not {words}");
    let key = scene.gathering.value(ADA, "push.key", &json!({})).await?["key"].clone();
    check!(pushed["key"] == key && pushed["contact"] == "mailto:operator@example.org", "signed by {pushed}, not {key}");
    check!(pushed["urgency"] == "high" && pushed["ttl"] == json!(86_400), "{pushed}");
    let direct = scene.direct().await?;
    scene.says("not for her").await?;
    scene.nothing_before(&direct).await?;
    scene.wants(Some("all"), None).await?;
    scene.says("for whoever wants everything").await?;
    let again = scene.pushed().await?;
    check!(again["words"]["body"] == "for whoever wants everything" && again["urgency"] == "normal", "{again}");
    check!(again["topic"] == pushed["topic"], "two pushes of one room have the topics {pushed} and {again}");
    for (level, muted) in [(None, Some("2999-01-01T00:00:00Z")), (Some("nothing"), None)] {
        scene.wants(level, muted).await?;
        scene.says("@ada @all hush").await?;
        scene.nothing_before(&direct).await?;
    }
    scene.wants(Some("mentions"), None).await?;
    scene.says("@all come").await?;
    check!(scene.pushed().await?["words"]["body"] == "@all come", "a call to all");
    // Nobody is woken by their own words.
    let own = json!({"cid": cid(), "room": direct, "text": "mine"});
    scene.gathering.value(ADA, "messages.send", &own).await?;
    let read = scene.pushed().await?;
    check!(read["words"]["kind"] == "read" && read["words"]["room"] == direct, "{read}");
    scene.nothing_before(&direct).await
}

async fn whoever_is_here_is_not_woken(stage: Stage) -> Outcome {
    let Some(mut scene) = Scene::on(stage).await? else { return Ok(()) };
    let mut device = scene.gathering.device(ADA, Transport::WebSocket).await?;
    let table = scene.gathering.table.clone();
    // Cleo is not here: once she is woken by a message it was decided whom it wakes.
    let room = scene.gathering.room.clone();
    scene.gathering.value(CLEO, "rooms.join", &json!({"room": room})).await?;
    let subscription = scene.service.make("cleo").await?;
    scene.gathering.value(CLEO, "push.subscribe", &subscription).await?;
    let seen = scene.gathering.device(BO, Transport::WebSocket).await?;
    let ada = scene.gathering.accounts[ADA].id.clone();
    seen.watch_screen().await?;
    seen.wait("Ada online", |seen| seen.presence.get(&ada).is_some_and(|presence| presence == "online")).await?;
    let sent = scene.says("@ada @cleo you are here").await?;
    scene.service.pushed("cleo").await?;
    device
        .call(&table, tests::device::Way::Socket, "presence.set", &json!({"presence": "away"}))
        .await?
        .map_err(|error| Failure(error.to_string()))?;
    seen.wait("Ada away", |seen| seen.presence.get(&ada).is_some_and(|presence| presence == "away")).await?;
    scene.says("@ada you are away").await?;
    let pushed = scene.pushed().await?;
    check!(
        pushed["words"]["body"] == "@ada you are away" && pushed["words"]["badge"] == json!(2),
        "{pushed} after {sent}"
    );
    device.close().await;
    scene.says("@ada you are gone").await?;
    check!(scene.pushed().await?["words"]["body"] == "@ada you are gone", "after the page was closed");
    scene.gathering.value(ADA, "profile.set", &json!({"do_not_disturb": true})).await?;
    scene.says("@ada @cleo hush").await?;
    check!(scene.service.pushed("cleo").await?["words"]["body"] == "@ada @cleo hush", "Cleo may be disturbed");
    scene.gathering.value(ADA, "profile.set", &json!({"do_not_disturb": false})).await?;
    scene.says("@ada again").await?;
    check!(scene.pushed().await?["words"]["body"] == "@ada again", "Ada was woken though she was not to be");
    Ok(())
}

async fn what_is_read_anywhere_is_cleared_everywhere(stage: Stage) -> Outcome {
    let Some(mut scene) = Scene::on(stage).await? else { return Ok(()) };
    let phone = scene.second("phone").await?;
    let room = scene.gathering.room.clone();
    let said = scene.says("@ada read this").await?;
    for browser in ["ada", "phone"] {
        let pushed = scene.service.pushed(browser).await?;
        check!(pushed["words"]["seq"] == said["seq"], "{browser} is told {pushed}");
    }
    scene.value(&phone, "reads.set", &json!({"room": room, "seq": said["seq"]})).await?;
    let words = json!({"kind": "read", "room": room, "seq": said["seq"], "badge": 0});
    for browser in ["ada", "phone"] {
        let pushed = scene.service.pushed(browser).await?;
        check!(pushed["words"] == words, "{browser} is told {pushed}, not {words}");
    }
    // What was deleted for everybody is cleared as well.
    let regretted = scene.says("@ada oh dear").await?;
    for browser in ["ada", "phone"] {
        scene.service.pushed(browser).await?;
    }
    let wish = json!({"cid": cid(), "room": room, "seq": regretted["seq"], "for": "all"});
    scene.gathering.value(BO, "messages.delete", &wish).await?;
    let words = json!({"kind": "read", "room": room, "seq": regretted["seq"], "badge": 0});
    for browser in ["ada", "phone"] {
        let pushed = scene.service.pushed(browser).await?;
        check!(pushed["words"] == words, "{browser} is told {pushed}, not {words}");
    }
    // What was not sent is not cleared.
    let more = scene.says("for nobody").await?;
    scene.value(&phone, "reads.set", &json!({"room": room, "seq": more["seq"]})).await?;
    let direct = scene.direct().await?;
    scene.nothing_before(&direct).await?;
    // A session that ends takes its subscription along.
    scene.service.pushed("phone").await?;
    scene.value(&phone, "sessions.end", &json!({})).await?;
    scene.says("@ada on one device").await?;
    check!(scene.pushed().await?["words"]["body"] == "@ada on one device", "after the phone signed out");
    scene.nothing_before(&direct).await?;
    check!(scene.service.heard("phone") == 0, "the phone that was signed out is woken");
    // Whoever leaves needs no notice of the room.
    scene.gathering.value(ADA, "rooms.leave", &json!({"room": room})).await?;
    let pushed = scene.pushed().await?;
    check!(pushed["words"]["kind"] == "read" && pushed["words"]["room"] == json!(room), "{pushed}");
    Ok(())
}

macro_rules! on_each_stage {
    ($($stage:ident $variant:ident: $($story:ident)*;)*) => {$(
        mod $stage {
            use super::{Outcome, Stage};

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() -> Outcome {
                    super::$story(Stage::$variant).await
                }
            )*
        }
    )*};
}

on_each_stage! {
    sqlite Sqlite: who_is_woken whoever_is_here_is_not_woken what_is_read_anywhere_is_cleared_everywhere;
    postgres Postgres: who_is_woken whoever_is_here_is_not_woken what_is_read_anywhere_is_cleared_everywhere;
    cluster Cluster: who_is_woken whoever_is_here_is_not_woken what_is_read_anywhere_is_cleared_everywhere;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_is_gone_is_forgotten_and_a_busy_service_is_asked_again() -> Outcome {
    let Some(mut scene) = Scene::on(Stage::default()).await? else { return Ok(()) };
    scene.service.answers("ada", &[503, 429]).await?;
    scene.says("@ada one").await?;
    for status in [503, 429, 201] {
        let pushed = scene.pushed().await?;
        check!(pushed["status"] == json!(status) && pushed["words"]["body"] == "@ada one", "{pushed}, not {status}");
    }
    // What is newer takes the place of what waits.
    scene.service.answers("ada", &[503]).await?;
    scene.says("@ada two").await?;
    check!(scene.pushed().await?["status"] == json!(503), "the service was not busy");
    scene.says("@ada three").await?;
    check!(scene.pushed().await?["words"]["body"] == "@ada three", "what is newer comes after what is older");
    scene.service.answers("ada", &[400]).await?;
    scene.says("@ada four").await?;
    check!(scene.pushed().await?["status"] == json!(400), "not refused");
    check!(scene.is_subscribed().await?, "one push was refused, and the subscription is gone");
    scene.service.answers("ada", &[410]).await?;
    scene.says("@ada five").await?;
    check!(scene.pushed().await?["status"] == json!(410), "not gone");
    while scene.is_subscribed().await? {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let metrics = scene.gathering.server.rest(Some("secret"))?.raw("GET", "/metrics", Vec::new()).await?;
    let metrics = metrics.text().await?;
    let figures = ["sent", "failed", "gone", "dropped"].map(|name| figure(&metrics, name));
    check!(figures == [2, 1, 1, 0], "counted {figures:?}");
    Ok(())
}

fn figure(metrics: &str, name: &str) -> u64 {
    let name = format!("parlour_pushes_{name}_total ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
    line.and_then(|value| value.parse().ok()).unwrap_or(u64::MAX)
}

/// What a subscription must not lead to, and why.
const CLOSED: [&str; 9] = [
    "https://127.0.0.1/x",
    "https://localhost/x",
    "https://[::1]/x",
    "https://10.0.0.7/x",
    "https://169.254.169.254/latest/meta-data",
    "https://[::ffff:127.0.0.1]/x",
    "https://0x7f000001/x",
    "http://127.0.0.1:9/x",
    "gopher://push.example/x",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_leads_to_nothing_behind_the_server() -> Outcome {
    let gathering = Gathering::of(1, Setting::default()).await?;
    let right = json!({
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    });
    for endpoint in CLOSED {
        let mut wish = right.clone();
        wish["endpoint"] = json!(endpoint);
        let answer = gathering.rest(ADA)?.call(&gathering.table, "push.subscribe", &wish).await?;
        let refused = answer.as_ref().err().map(|error| (error["code"].clone(), error["field"].clone()));
        check!(refused == Some((json!("invalid.value"), json!("endpoint"))), "{endpoint}: {answer:?}");
    }
    for (field, value) in [("p256dh", "BCVx"), ("p256dh", &"B".repeat(87)), ("auth", "c2hvcnQ"), ("auth", "!")] {
        let mut wish = right.clone();
        wish["endpoint"] = json!("https://push.example/x");
        wish[field] = json!(value);
        let answer = gathering.rest(ADA)?.call(&gathering.table, "push.subscribe", &wish).await?;
        check!(answer.as_ref().is_err_and(|error| error["field"] == field), "{field} {value}: {answer:?}");
    }
    let subscribed = gathering.value(ADA, "push.key", &json!({})).await?["subscribed"].clone();
    check!(subscribed == json!(false), "subscribed all the same");
    Ok(())
}
