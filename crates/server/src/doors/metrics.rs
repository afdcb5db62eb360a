//! Metrics at `/metrics`, in OpenMetrics text: with a token at the public door, or without one at a listener of its own.

use super::{Doors, problems};
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chat::{BusFigures, Cause, Histogram, Refusal};
use http::{HeaderMap, StatusCode, header};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const CONTENT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What serves `/metrics` to whoever asks: for a listener that only the operator reaches.
pub(crate) fn open(doors: &Arc<Doors>) -> Router {
    let doors = doors.clone();
    Router::new().route("/metrics", get(async move || show(&doors)))
}

/// What serves `/metrics` to whoever has the token; nothing where there is none.
pub(super) fn guarded(doors: &Arc<Doors>, token: &str) -> Router {
    if token.is_empty() {
        return Router::new();
    }
    let (doors, expected) = (doors.clone(), format!("Bearer {token}"));
    let serve = async move |headers: HeaderMap| match headers.get(header::AUTHORIZATION) {
        Some(given) if is_same(given.as_bytes(), expected.as_bytes()) => show(&doors),
        _ => problems::answer(&Refusal::SignInRequired),
    };
    Router::new().route("/metrics", get(serve))
}

/// Compares in a time that does not tell where the first difference is.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

fn show(doors: &Arc<Doors>) -> Response {
    let mut registry = Registry::with_prefix("parlour");
    registry.register_collector(Box::new(Figures(doors.clone())));
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => ([(header::CONTENT_TYPE, CONTENT)], text).into_response(),
        Err(fmt::Error) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

struct Figures(Arc<Doors>);

impl fmt::Debug for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Figures")
    }
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let (socket, chat) = (self.0.socketio.stats(), &self.0.chat);
        let (fanout, commits) = (chat.fanout(), chat.commits());
        let mut sheet = Sheet(&mut encoder);
        sheet.by_transport(socket.websocket, socket.polling)?;
        sheet.gauge("users_online", "People who have a connection.", chat.users_online())?;
        let signed_in = fanout.connections.load(Ordering::Relaxed);
        sheet.gauge("signed_in_connections", "Connections that the hub knows.", signed_in)?;
        let deliveries = fanout.deliveries.load(Ordering::Relaxed);
        sheet.counter("deliveries", "Events handed to connections.", deliveries)?;
        sheet.counter("received_bytes", "From Socket.IO clients, HTTP heads aside.", socket.bytes_in)?;
        sheet.counter("sent_bytes", "To Socket.IO clients, HTTP heads aside.", socket.bytes_out)?;
        let resyncs = fanout.overflows.load(Ordering::Relaxed);
        sheet.counter("resyncs", "Connections told to ask again, since they read too slowly.", resyncs)?;
        sheet.counter("outbox_overflows", "Queues of slow readers that were dropped.", socket.overflows)?;
        let timeouts = socket.heartbeat_timeouts;
        sheet.counter("heartbeat_timeouts", "Connections closed for an unanswered ping.", timeouts)?;
        sheet.counter("upgrades", "Connections that went from polling to WebSocket.", socket.upgrades)?;
        sheet.counter("refused_handshakes", "Handshakes refused by a limit.", socket.refused)?;
        sheet.divergences(chat.divergences(Cause::Done), chat.divergences(Cause::Hourly))?;
        sheet.histogram("fanout_seconds", "One turn of a hub shard, first to last delivery.", &fanout.fanout)?;
        sheet.histogram("commit_seconds", "A transaction, from its beginning to its commit.", &commits.seconds)?;
        sheet.histogram("commit_writes", "Writes in a transaction.", &commits.writes)?;
        let pushes = chat.pushes();
        let read = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
        sheet.counter("pushes_sent", "Pushes that push services took.", read(&pushes.sent))?;
        sheet.counter("pushes_failed", "Pushes that they refused, or that were given up.", read(&pushes.failed))?;
        sheet.counter("pushes_gone", "Subscriptions that they said are gone.", read(&pushes.gone))?;
        sheet.counter("pushes_dropped", "Pushes not sent, since too many waited.", read(&pushes.dropped))?;
        if chat.node().is_some() { sheet.bus(&fanout.bus) } else { Ok(()) }
    }
}

/// The sheet that is being filled.
struct Sheet<'s, 'e>(&'s mut DescriptorEncoder<'e>);

impl Sheet<'_, '_> {
    fn metric(&mut self, name: &str, help: &str, metric: &impl EncodeMetric) -> fmt::Result {
        metric.encode(self.0.encode_descriptor(name, help, None, metric.metric_type())?)
    }

    fn gauge(&mut self, name: &str, help: &str, value: usize) -> fmt::Result {
        self.metric(name, help, &ConstGauge::new(value as u64))
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        self.metric(name, help, &ConstCounter::new(value))
    }

    /// Of one of several nodes.
    fn bus(&mut self, bus: &BusFigures) -> fmt::Result {
        let read = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
        self.gauge("bus_connected", "1 while NATS is there.", read(&bus.connected) as usize)?;
        self.gauge("nodes", "Nodes that are alive, this one among them.", read(&bus.nodes) as usize)?;
        self.gauge("bus_lag", "Commits of any node that were not told here yet.", read(&bus.lag) as usize)?;
        self.counter("bus_sent", "Groups told to other nodes.", read(&bus.sent))?;
        self.counter("bus_sent_bytes", "Of them.", read(&bus.bytes_sent))?;
        self.counter("bus_heard", "Groups heard from other nodes.", read(&bus.heard))?;
        self.counter("bus_heard_bytes", "Of them.", read(&bus.bytes_heard))?;
        self.counter("bus_garbled", "Messages that made no sense.", read(&bus.garbled))?;
        self.counter("bus_holes", "Times that something was missing and waited for.", read(&bus.holes))?;
        self.counter("bus_repaired", "Groups read in the database, since they did not come.", read(&bus.repaired))
    }

    fn by_transport(&mut self, websocket: usize, polling: usize) -> fmt::Result {
        let mut family = self.0.encode_descriptor("connections", "Open now.", None, MetricType::Gauge)?;
        for (transport, count) in [("websocket", websocket), ("polling", polling)] {
            let gauge = ConstGauge::new(count as u64);
            gauge.encode(family.encode_family(&[("transport", transport)])?)?;
        }
        Ok(())
    }

    fn divergences(&mut self, done: u64, hourly: u64) -> fmt::Result {
        let help = "Blocks of messages that a client held otherwise than they are.";
        let mut family = self.0.encode_descriptor("sync_divergence", help, None, MetricType::Counter)?;
        for (cause, count) in [("done", done), ("hourly", hourly)] {
            ConstCounter::new(count).encode(family.encode_family(&[("cause", cause)])?)?;
        }
        Ok(())
    }

    fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) -> fmt::Result {
        let buckets = histogram.buckets();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let mut encoder: MetricEncoder<'_> = self.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        encoder.encode_histogram::<NoLabelSet>(histogram.sum(), count, &buckets, None)
    }
}
