//! One call: looks before it makes a ticket, and says what came of it.

use super::destinations::{Delivered, Delivery, Destination, Failure, told};
use super::plan::{Action, Planned};
use crate::ledger::{External, Operation};

/// A call that is under way.
pub(super) struct Job {
    /// What is to be done.
    pub(super) actions: Vec<Planned>,
    /// Whether an attempt before may have done it.
    pub(super) were_unsure: Vec<bool>,
    /// How it is told.
    pub(super) deliveries: Vec<Delivery>,
}

/// What came of it.
pub(super) enum Outcome {
    /// It was done.
    Done(External),
    /// It was there already.
    Adopted(External),
    /// A search shows that nothing was made.
    NotThere,
    /// Before anything was sent: whether a former attempt did something is as unknown as before.
    NotSent(Failure),
    /// When it was sent.
    Failed(Failure),
}

/// Makes a call, and says what came of each delivery.
pub(super) async fn call(destination: &dyn Destination, has_search: bool, job: Job) -> (Job, Vec<Outcome>) {
    let mut outcomes = Vec::with_capacity(job.deliveries.len());
    if has_search {
        for (planned, delivery) in job.actions.iter().zip(&job.deliveries) {
            outcomes.push(searched(destination, planned.action, delivery).await);
        }
    } else {
        // Where nobody can look, a call of unknown outcome counts as done: whoever repeats it under the same id, or closes
        // it, does no harm.
        let is_sent = |planned: &Planned| planned.action != Action::LookUp;
        let sent: Vec<_> = job.actions.iter().zip(&job.deliveries).filter(|(planned, _)| is_sent(planned)).collect();
        let sent: Vec<_> = sent.into_iter().map(|(_, delivery)| delivery.clone()).collect();
        let mut delivered = destination.deliver(&sent).await.into_iter().map(outcome);
        for (planned, delivery) in job.actions.iter().zip(&job.deliveries) {
            outcomes.push(if is_sent(planned) {
                delivered.next().unwrap_or_else(no_answer)
            } else {
                Outcome::Adopted(told(delivery))
            });
        }
    }
    (job, outcomes)
}

async fn searched(destination: &dyn Destination, action: Action, delivery: &Delivery) -> Outcome {
    if delivery.operation == Operation::Create {
        match destination.find(&delivery.payload.fingerprint, delivery.is_repeat).await {
            Ok(Some(found)) => return Outcome::Adopted(found.external),
            Ok(None) if action == Action::LookUp => return Outcome::NotThere,
            Ok(None) => {}
            // Where nobody can look, nothing is made.
            Err(failure) => return Outcome::NotSent(failure),
        }
    }
    let delivered = destination.deliver(std::slice::from_ref(delivery)).await;
    delivered.into_iter().next().map_or_else(no_answer, outcome)
}

fn no_answer() -> Outcome {
    Outcome::Failed(Failure::Unknown("no answer".to_owned()))
}

fn outcome(delivered: Delivered) -> Outcome {
    delivered.map_or_else(Outcome::Failed, Outcome::Done)
}
