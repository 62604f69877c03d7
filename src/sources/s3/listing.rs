//! Lists buckets in the order of their keys, several stretches of them at a time.
//!
//! S3 gives a thousand keys in a page and the next page only after it, so a listing in one piece is as slow as its requests are. Where the keys
//! lie in folders, the folders tell where a bucket can be divided: stretches between two of them are asked for side by side
//! and consumed one after the other. What waits to be consumed is bounded.
//!
//! A bucket or a page that cannot be listed is a gap at the place that stays unseen, and the rest goes on.

use super::S3Source;
use super::pages::Page;
use crate::model::Listed;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// Requests at a time.
const REQUESTS: usize = 8;
/// Pages that are asked for or wait to be consumed; each holds a thousand entries at most.
const PAGES_AHEAD: usize = 16;

/// Where the listing stands: what comes next in front.
pub(super) struct Listing<'a> {
    source: &'a S3Source,
    parts: VecDeque<Part>,
    requests: FuturesUnordered<BoxFuture<'a, (u64, Vec<Part>)>>,
    asked: u64,
    /// Buckets of which it was said that they are not listed completely.
    incomplete: HashSet<Arc<str>>,
}

/// A part of what is listed.
pub(super) enum Part {
    /// Not asked for yet.
    Open(Step),
    /// Asked for by the request of this number.
    Asked(u64),
    /// Listed.
    Page(VecDeque<Listed>),
    /// Not to be seen, in a bucket.
    Gap(Arc<str>, Listed),
}

/// What is asked for next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// The next buckets, after a token.
    Buckets(Option<String>),
    /// The next page.
    List(Stretch),
    /// Where to divide the rest: by the folders of the first level that has any behind what is listed.
    Divide(Stretch, VecDeque<Level>),
}

/// A folder by whose folders keys can be divided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Level {
    /// The folder, with the slash behind it; or what all keys begin with.
    pub(super) folder: String,
    /// How many of those in it fill a page.
    together: usize,
}

/// A stretch of the keys of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    /// The bucket.
    pub(super) bucket: Arc<str>,
    /// What asks for its next page.
    pub(super) next: Page,
    /// Keys up to this one are not of it; they are listed before.
    pub(super) after: Option<String>,
    /// Keys behind this one are not of it.
    pub(super) until: Option<String>,
    /// The folder by whose folders it can be divided.
    pub(super) folder: Option<String>,
    /// Whether a page of it was full already.
    pub(super) is_long: bool,
}

impl<'a> Listing<'a> {
    pub(super) fn new(source: &'a S3Source) -> Self {
        let first = match &source.bucket {
            Some(bucket) => Step::List(source.whole(bucket)),
            None => Step::Buckets(None),
        };
        let parts = VecDeque::from([Part::Open(first)]);
        let mut listing =
            Self { source, parts, requests: FuturesUnordered::new(), asked: 0, incomplete: HashSet::new() };
        listing.ask();
        listing
    }

    /// The next entry; `None` at the end. Nothing is lost where the future is dropped.
    pub(super) async fn next(&mut self) -> Option<Listed> {
        loop {
            match self.parts.front_mut()? {
                Part::Page(page) => {
                    if let Some(listed) = page.pop_front() {
                        return Some(listed);
                    }
                    self.parts.pop_front();
                    self.ask();
                }
                Part::Gap(..) => {
                    if let Some(Part::Gap(bucket, gap)) = self.parts.pop_front()
                        && self.incomplete.insert(bucket)
                    {
                        return Some(gap);
                    }
                }
                Part::Open(_) | Part::Asked(_) => {
                    let (number, answer) = self.requests.next().await?;
                    self.put(number, answer);
                    self.ask();
                }
            }
        }
    }

    /// The answer takes the place of what was asked for.
    fn put(&mut self, number: u64, answer: Vec<Part>) {
        let is_it = |part: &Part| matches!(part, Part::Asked(other) if *other == number);
        let Some(place) = self.parts.iter().position(is_it) else { return };
        let rest = self.parts.split_off(place + 1);
        self.parts.pop_back();
        self.parts.extend(answer);
        self.parts.extend(rest);
    }

    /// Asks for what comes next, as far ahead as may be.
    fn ask(&mut self) {
        for part in self.parts.iter_mut().take(PAGES_AHEAD) {
            if self.requests.len() >= REQUESTS {
                return;
            }
            if let Part::Open(step) = part {
                let (step, number) = (step.clone(), self.asked);
                let source = self.source;
                self.requests.push(Box::pin(async move { (number, source.answer(step).await) }));
                *part = Part::Asked(number);
                self.asked += 1;
            }
        }
    }
}

impl S3Source {
    /// All that is wanted of a bucket.
    pub(super) fn whole(&self, bucket: &str) -> Stretch {
        // Of directory buckets, pages are in no order.
        let is_ordered = !self.versions && !bucket.ends_with("--x-s3");
        Stretch {
            bucket: bucket.into(),
            next: Page::First,
            after: None,
            until: None,
            folder: is_ordered.then(|| self.prefix.clone()),
            is_long: false,
        }
    }
}

impl Stretch {
    /// What is to be asked for after a page with these keys, which was full.
    pub(super) fn step_after(mut self, next: Page, keys: &[&str]) -> Step {
        // The first page of a part of a bucket may well be the last but one: where two in a row were full, there are more.
        let is_worth_it = self.is_long || self.until.is_none();
        self.next = next;
        self.after = keys.last().map(|key| (*key).to_owned()).or(self.after);
        self.is_long = true;
        let Some(folder) = self.folder.clone().filter(|_| is_worth_it) else { return Step::List(self) };
        let levels = levels(folder, keys);
        if levels.is_empty() {
            self.folder = None;
            return Step::List(self);
        }
        Step::Divide(self, levels)
    }

    /// The parts of what is left of it, by the folders that lie in that of the first level; `is_all` is whether all of them are
    /// known.
    pub(super) fn divided(self, mut levels: VecDeque<Level>, folders: &[String], is_all: bool) -> Vec<Step> {
        let Some(Level { folder, together }) = levels.pop_front() else { return vec![self.undivided()] };
        let after = self.after.clone().unwrap_or_default();
        let is_inside = |key: &&String| **key > after && self.until.as_ref().is_none_or(|until| *key < until);
        let borders: Vec<&String> = folders.iter().filter(is_inside).collect();
        if borders.is_empty() {
            // All that is left lies in one folder, as far as can be seen.
            return vec![if levels.is_empty() { self.undivided() } else { Step::Divide(self, levels) }];
        }
        let until = self.until.clone();
        let mut parts = Vec::new();
        // The rest of the folder in which the listing stands; it is asked for as it was.
        let own = folder_in(&folder, &after).map(|name| folder.clone() + name);
        let mut part = Self { folder: own, ..self };
        for border in borders.iter().step_by(together) {
            let next = Self {
                bucket: part.bucket.clone(),
                next: Page::First,
                after: Some((*border).clone()),
                until: until.clone(),
                folder: Some(if together == 1 { (*border).clone() } else { folder.clone() }),
                is_long: false,
            };
            part.until = Some((*border).clone());
            parts.push(Step::List(std::mem::replace(&mut part, next)));
        }
        if !is_all {
            part.folder = Some(folder);
        }
        parts.push(Step::List(part));
        parts
    }

    /// The same, asked for page by page to its end.
    pub(super) fn undivided(self) -> Step {
        Step::List(Self { folder: None, ..self })
    }
}

/// The folders that the last of these keys lies in, from `folder` on, as far as dividing by what lies in them needs fewer
/// requests than it saves.
fn levels(mut folder: String, keys: &[&str]) -> VecDeque<Level> {
    /// Folders in a page of which one shows where many pages lie.
    const MOST_FOLDERS: usize = 100;
    let mut levels = VecDeque::new();
    while let Some(own) = keys.last().and_then(|last| folder_in(&folder, last)) {
        let inside = || keys.iter().filter(|key| key.starts_with(&folder));
        let mut names: Vec<&str> = inside().filter_map(|key| folder_in(&folder, key)).collect();
        names.dedup();
        let together = (names.len() * keys.len()).div_ceil(inside().count().max(1));
        if together > MOST_FOLDERS {
            break;
        }
        let below = folder.clone() + own;
        levels.push_back(Level { folder: std::mem::replace(&mut folder, below), together });
    }
    levels
}

/// The name of the folder in `folder` in which a key lies, with the slash behind it.
fn folder_in<'k>(folder: &str, key: &'k str) -> Option<&'k str> {
    let rest = key.strip_prefix(folder)?;
    rest.find('/').map(|slash| &rest[..=slash])
}
