//! Long polling behind a load balancer that remembers nobody: each request of a session comes to another node.

use super::{House, skipped};
use serde_json::json;
use tests::device::{Device, Way};
use tests::gathering::{cid, connected};
use tests::proxy::Proxy;
use tests::server::Setting;
use tests::socket::Transport;
use tests::{Outcome, check, oracle};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_polling_session_goes_on_whichever_node_a_request_comes_to() -> Outcome {
    if skipped() {
        return Ok(());
    }
    let house = House::of(3, 2, Setting::default()).await?;
    let gathering = &house.gathering;
    let balancer = Proxy::to_each(&gathering.server.addresses(), 5).await?;
    let rest = gathering.server.rest(None)?;
    let mut devices = Vec::new();
    for person in 0..2 {
        let account = gathering.accounts[person].clone();
        let mut device = Device::new(&account.username.clone(), account, &rest, Transport::Scattered);
        connected(device.connect(balancer.address()).await)?;
        device.hello_from(json!({"g": 0})).await?;
        devices.push(device);
    }
    for number in 0..20 {
        let wish = json!({"room": gathering.room, "cid": cid(), "text": format!("by any node {number}")});
        let answer = devices[number % 2].call(&gathering.table, Way::Socket, "messages.send", &wish).await?;
        let Ok(value) = answer else { tests::fail!("{answer:?}") };
        let place = (gathering.room.clone(), value["seq"].as_u64().unwrap_or(0));
        for device in &devices {
            device.wait("it", |seen| seen.replica.messages.contains_key(&place)).await?;
        }
    }
    for device in &devices {
        check!(device.is_connected(), "{} lost the session", device.name);
        oracle::agree(device, &gathering.table, gathering.server.address()).await?;
    }
    Ok(())
}
