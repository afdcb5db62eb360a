//! The configurations for Caddy and nginx in `deploy/`, with the real programs in front of three nodes: other people's client
//! by every transport, and a node that is stopped.

use crate::clients::talker::{Talker, missing};
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tests::folder::Folder;
use tests::gathering::Gathering;
use tests::rest::Rest;
use tests::server::{Setting, Stage, repository};
use tests::{Outcome, check, fail};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

const START_LIMIT: Duration = Duration::from_secs(20);

/// The program, unless nothing is done here; then why is printed.
fn program(name: &str) -> Option<PathBuf> {
    let folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"].map(PathBuf::from);
    let program = folders.into_iter().map(|folder| folder.join(name)).find(|program| program.is_file());
    let absent = program.is_none().then(|| format!("{name} is not installed (`make test` does it)"));
    let reason = Stage::Cluster.skipped().or(absent).or_else(missing);
    if let Some(reason) = &reason {
        println!("skipped: {reason}");
    }
    program.filter(|_| reason.is_none())
}

fn free_place() -> Outcome<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// Starts a proxy and waits until it takes connections.
async fn started(mut command: Command, place: &str) -> Outcome<Child> {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn()?;
    let limit = Instant::now() + START_LIMIT;
    while TcpStream::connect(place).await.is_err() {
        check!(child.try_wait()?.is_none() && Instant::now() < limit, "the proxy does not start at {place}");
        sleep(Duration::from_millis(20)).await;
    }
    Ok(child)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_transport_passes_caddy() -> Outcome {
    let Some(caddy) = program("caddy") else { return Ok(()) };
    let mut gathering = Gathering::of(3, Setting { stage: Stage::Cluster, ..Setting::default() }).await?;
    let (folder, place) = (Folder::new()?, free_place()?);
    let nodes: Vec<String> =
        gathering.server.addresses().iter().map(|address| address.trim_start_matches("http://").into()).collect();
    // Its own interface would take a port that others have.
    let file = format!("{{\n\tadmin off\n}}\n{}", fs::read_to_string(repository().join("deploy/Caddyfile"))?);
    fs::write(folder.join("Caddyfile"), file)?;
    let mut command = Command::new(caddy);
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(folder.join("Caddyfile"));
    command.env("PARLOUR_SITE", format!("http://{place}")).env("PARLOUR_NODES", nodes.join(" "));
    command.env("HOME", folder.path()).env("XDG_DATA_HOME", folder.path()).env("XDG_CONFIG_HOME", folder.path());
    let proxy = started(command, &place).await?;
    passes(&mut gathering, &format!("http://{place}")).await?;
    drop(proxy);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_transport_passes_nginx() -> Outcome {
    let Some(nginx) = program("nginx") else { return Ok(()) };
    let mut gathering = Gathering::of(3, Setting { stage: Stage::Cluster, ..Setting::default() }).await?;
    let (folder, place) = (Folder::new()?, free_place()?);
    let mut file = fs::read_to_string(repository().join("deploy/nginx.conf"))?;
    for (node, address) in gathering.server.addresses().iter().enumerate() {
        let (usual, real) = (format!("127.0.0.1:{}", 8081 + node), address.trim_start_matches("http://"));
        check!(file.contains(&usual), "deploy/nginx.conf does not name {usual}");
        file = file.replace(&usual, real);
    }
    let plain: Vec<&str> = file.lines().filter(|line| !line.trim_start().starts_with("ssl_certificate")).collect();
    let file = plain.join("\n").replace("listen 443 ssl;", &format!("listen {place};"));
    let at = folder.path().display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {at}/{name};\n"))
        .concat();
    let whole = format!(
        "daemon off;\npid {at}/pid;\nerror_log {at}/errors;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{file}\n}}\n"
    );
    fs::write(folder.join("nginx.conf"), whole)?;
    let mut command = Command::new(nginx);
    command.arg("-c").arg(folder.join("nginx.conf")).arg("-p").arg(folder.path());
    let mut proxy = started(command, &place).await?;
    passes(&mut gathering, &format!("http://{place}")).await?;
    // Its workers would outlive it if it were killed.
    if let Some(pid) = proxy.id() {
        Command::new("kill").arg(pid.to_string()).status().await?;
    }
    proxy.wait().await?;
    Ok(())
}

/// Everybody talks through the proxy, also after a node was stopped and after it is there again.
async fn passes(gathering: &mut Gathering, address: &str) -> Outcome {
    let mut talkers = Vec::new();
    for (person, transports) in ["default", "websocket", "polling"].into_iter().enumerate() {
        talkers.push(Talker::node_at(address, gathering, person, transports)?);
    }
    for talker in &mut talkers {
        talker.ready().await?;
    }
    speak(&mut talkers, "first").await?;
    // The first one began by polling, and has upgraded since.
    speak(&mut talkers, "a second time").await?;
    for (talker, right) in talkers.iter().zip(["websocket", "websocket", "polling"]) {
        check!(talker.transport == right, "{} talks by {}", talker.name, talker.transport);
    }
    let rest = Rest::new(address, Some(&gathering.accounts[0].token))?;
    for node in 0..gathering.server.nodes.len() {
        let status = gathering.server.nodes[node].stop().await?;
        check!(status.success(), "a node ended with {status}");
        for _ in 0..6 {
            let answer = rest.call(&gathering.table, "profile.get", &serde_json::json!({})).await?;
            let Ok(_) = answer else { fail!("while a node is stopped: {answer:?}") };
        }
        // Those who were on it come back by themselves.
        speak(&mut talkers, &format!("without node {node}")).await?;
        gathering.server.nodes[node].again().await?;
        speak(&mut talkers, &format!("with node {node} again")).await?;
        // nginx leaves out for five seconds who did not answer.
        sleep(Duration::from_secs(6)).await;
    }
    for talker in talkers {
        talker.leave().await?;
    }
    Ok(())
}

/// Each says a line, and each hears every line once.
async fn speak(talkers: &mut [Talker], when: &str) -> Outcome {
    let mut lines = Vec::new();
    for talker in talkers.iter_mut() {
        let line = format!("{} says {when}", talker.name);
        talker.say(&line).await?;
        lines.push(line);
    }
    for talker in talkers.iter_mut() {
        talker.hears_once(&lines).await?;
    }
    Ok(())
}
