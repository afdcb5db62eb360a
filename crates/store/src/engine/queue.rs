//! The queue before the writer: writes that wait, in the order in which they were handed over, and who waits for the end.

use crate::{Ack, Error, Origin, Write};
use tokio::sync::{mpsc, oneshot};

type Answer = oneshot::Sender<Result<Ack, Error>>;

/// A write that waits.
pub(crate) struct Waiting {
    pub(crate) origin: Origin,
    pub(crate) write: Write,
    pub(crate) answer: Answer,
}

/// What the writer is told.
pub(crate) enum Order {
    Write(Box<Waiting>),
    /// Answered when it is taken: the sink has been told of all that was committed before it was handed over.
    Pass(oneshot::Sender<()>),
    Close(oneshot::Sender<()>),
}

/// What was handed over, and who waits for the end.
pub(crate) struct Queue {
    orders: mpsc::Receiver<Order>,
    closing: Vec<oneshot::Sender<()>>,
}

impl Queue {
    /// A queue in which at most `most` wait, and where to hand over.
    pub(crate) fn new(most: usize) -> (mpsc::Sender<Order>, Queue) {
        let (sender, orders) = mpsc::channel(most.max(1));
        (sender, Queue { orders, closing: Vec::new() })
    }

    /// The next write, after waiting for one; None at the end.
    pub(crate) fn wait(&mut self) -> Option<Waiting> {
        loop {
            match self.orders.blocking_recv()? {
                Order::Write(waiting) => return Some(*waiting),
                Order::Pass(done) => drop(done.send(())),
                Order::Close(done) => self.close(done),
            }
        }
    }

    /// The next write that is there already.
    pub(crate) fn take(&mut self) -> Option<Waiting> {
        loop {
            match self.orders.try_recv().ok()? {
                Order::Write(waiting) => return Some(*waiting),
                Order::Pass(done) => drop(done.send(())),
                Order::Close(done) => self.close(done),
            }
        }
    }

    /// Tells those who wait for the end that it has come.
    pub(crate) fn end(self) {
        for done in self.closing {
            let _ = done.send(());
        }
    }

    fn close(&mut self, done: oneshot::Sender<()>) {
        self.closing.push(done);
        // What was handed over before is still received.
        self.orders.close();
    }
}
