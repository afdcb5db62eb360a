//! How a node gets in: passwords, tokens, certificates, and what cannot be.

use super::house::{Database, Node, all_know_each_other, own};
use super::nats::{Nats, free_port, is_installed};
use hub::{Cluster, ClusterError, Credentials, Event, Hub, Tls};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

async fn two_meet(nats: &Nats, credentials: &Credentials, tls: &Tls) {
    let database = Arc::<Database>::default();
    let one = Node::start_as(&database, nats.port, credentials.clone(), tls.clone()).await;
    let two = Node::start_as(&database, nats.port, credentials.clone(), tls.clone()).await;
    all_know_each_other(&[&one, &two]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_the_password_or_the_token_gets_in() {
    if !is_installed() {
        return;
    }
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let nats = Nats::start_with(|_| words(&["--user", "parlour", "--pass", "secret"])).await;
    let right = Credentials::Password { user: "parlour".to_owned(), password: "secret".to_owned() };
    two_meet(&nats, &right, &Tls::default()).await;
    // What stands in the address is shown as well, with `%73` for what could not stand there.
    let mut met = Vec::new();
    let database = Arc::<Database>::default();
    for words in ["parlour:secret", "parlour:%73ecret"] {
        let address = format!("nats://{words}@127.0.0.1:{}", nats.port);
        met.push(Node::start_at(&database, address, Credentials::None, Tls::default()).await);
    }
    all_know_each_other(&met.iter().collect::<Vec<_>>()).await;
    let wrong = Credentials::Password { user: "parlour".to_owned(), password: "guess".to_owned() };
    let outside = Node::start_as(&Arc::default(), nats.port, wrong, Tls::default()).await;
    sleep(Duration::from_millis(500)).await;
    assert!(!outside.is_connected());
    let nats = Nats::start_with(|_| words(&["--auth", "token"])).await;
    two_meet(&nats, &Credentials::Token("token".to_owned()), &Tls::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_can_be_private_on_both_sides() {
    if !is_installed() {
        return;
    }
    let mut made = true;
    let nats = Nats::start_with(|folder| {
        made = certificates(folder);
        if !made {
            return Vec::new();
        }
        let file = |name: &str| folder.join(name).display().to_string();
        let arguments = ["--tlsverify", "--tlscert", &file("node.pem"), "--tlskey", &file("node.key"), "--tlscacert"];
        arguments.into_iter().map(str::to_owned).chain([file("authority.pem")]).collect()
    })
    .await;
    if !made {
        println!("skipped: there is no openssl here to make certificates");
        return;
    }
    let file = |name: &str| nats.folder.join(name);
    let certificate = Some((file("node.pem"), file("node.key")));
    let tls = Tls { required: true, authorities: Some(file("authority.pem")), certificate };
    two_meet(&nats, &Credentials::None, &tls).await;
    let stranger = Tls { authorities: None, ..tls };
    let outside = Node::start_as(&Arc::default(), nats.port, Credentials::None, stranger).await;
    sleep(Duration::from_millis(500)).await;
    assert!(!outside.is_connected(), "a server that nobody vouches for is not talked to");
}

/// An authority, and a certificate for 127.0.0.1 on both sides; false if there is no program to make them.
fn certificates(folder: &Path) -> bool {
    let names = "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n";
    std::fs::write(folder.join("names"), names).unwrap();
    let curve = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    [
        format!("req -x509 {curve} -keyout authority.key -out authority.pem -days 2 -subj /CN=authority"),
        format!("req {curve} -keyout node.key -out node.csr -subj /CN=node"),
        "x509 -req -in node.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile names -out node.pem"
            .to_owned(),
    ]
    .iter()
    .all(|arguments| {
        let mut command = Command::new("openssl");
        command.args(arguments.split(' ')).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

fn cluster() -> Cluster {
    Cluster {
        servers: vec![format!("nats://127.0.0.1:{}", free_port())],
        credentials: Credentials::None,
        tls: Tls::default(),
        prefix: "parlour.a1-b2_c3".to_owned(),
        told: 0,
        own,
        backlog: Arc::<Database>::default(),
    }
}

#[tokio::test]
async fn what_a_node_cannot_be_told_is_said_at_once() {
    let start = |cluster| async {
        Hub::clustered(1, Event::new("resync", "{}", None), Duration::ZERO, cluster).await.map(drop)
    };
    assert!(start(cluster()).await.is_ok());
    for prefix in ["", "a..b", "a b", "a.*", ">", "a."] {
        let wrong = Cluster { prefix: prefix.to_owned(), ..cluster() };
        assert!(matches!(start(wrong).await, Err(ClusterError::Prefix(_))), "{prefix}");
    }
    for servers in [vec![], vec!["ftp://somewhere".to_owned()]] {
        assert!(matches!(start(Cluster { servers, ..cluster() }).await, Err(ClusterError::Servers(_))));
    }
    let tls = Tls { authorities: Some("/nowhere/authority.pem".into()), ..Tls::default() };
    assert!(matches!(start(Cluster { tls, ..cluster() }).await, Err(ClusterError::File(..))));
}
