//! A target that lists nothing at all: a glob or a prefix that is misspelt, a share that is not mounted, a role that sees no
//! table. That nothing is there is the least likely of it, so it is a gap, and proves nothing.

use super::Source;
use crate::model::{Coverage, Listed, Location, Object, ReadError, Reason, Sampling, SourceContent};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A source whose listing has a gap at its scope where there is nothing else in it.
pub(super) struct NonEmptySource(pub(super) Box<dyn Source>);

impl Source for NonEmptySource {
    fn list(&self) -> BoxStream<'_, Listed> {
        let is_empty = Arc::new(AtomicBool::new(true));
        let met = is_empty.clone();
        let listed = self.0.list().inspect(move |_| met.store(false, Ordering::Relaxed));
        let end = stream::once(async move { is_empty.load(Ordering::Relaxed) }).filter_map(|is_empty| {
            let gap = || Object::at(Location::from_uri(self.0.scope()));
            let listed = is_empty.then(|| Listed::Gap(gap(), Coverage::Failed(Reason::NothingListed)));
            std::future::ready(listed)
        });
        listed.chain(end).boxed()
    }

    fn open<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<SourceContent, ReadError>> {
        self.0.open(object).boxed()
    }

    fn scope(&self) -> String {
        self.0.scope()
    }

    fn sampling(&self) -> Option<Sampling> {
        self.0.sampling()
    }

    fn mounts(&self) -> Vec<Location> {
        self.0.mounts()
    }

    fn hides(&self) -> bool {
        self.0.hides()
    }

    fn unlisted<'a>(&'a self, location: &'a Location) -> BoxFuture<'a, Option<Listed>> {
        self.0.unlisted(location)
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        self.0.stop()
    }
}
