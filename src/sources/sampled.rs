//! A sample of the objects of another source: `--sample N`.
//!
//! The listing is passed twice. The first time objects are counted per stratum (prefix with its changing parts left open,
//! extension, order of size, year of the last change). Then the strata stand one behind the other, like beside like, and
//! are cut into as many groups of equal size as objects are wanted; one object of each group is drawn. So every object
//! is as likely as any other, each stratum has its share of the sample, and nothing is kept but the counts. The second
//! time objects come out in the order of the listing: those that were drawn, and the others as gaps. Of strata of which
//! none was drawn, the rarest first, one object is read besides.

use super::Source;
use super::random::Random;
use crate::model::{Coverage, Listed, Location, Lot, Object, ReadError, Reason, Sampling, SourceContent};
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;
use std::time::UNIX_EPOCH;

/// Strata that are told apart. What comes after them is told apart by size and year alone.
const MAX_STRATA: usize = 20_000;
/// Longest extension that is one; what stands behind the last dot otherwise belongs to the name.
const MAX_EXTENSION: usize = 8;
const SECONDS_OF_YEAR: u64 = 31_556_952;

/// What objects have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Stratum {
    place: String,
    extension: String,
    /// Each sixteen times as large as the one before.
    size: u32,
    /// Since 1970.
    year: u64,
}

impl Stratum {
    fn of(object: &Object) -> Self {
        let name = object.location.name();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let is_one = extension.len() <= MAX_EXTENSION && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let since = object.modified.and_then(|modified| modified.duration_since(UNIX_EPOCH).ok());
        Self {
            place: object.location.place().as_str().to_owned(),
            extension: if is_one { extension.to_ascii_lowercase() } else { String::new() },
            size: object.size_bytes.map_or(0, |bytes| bytes.checked_ilog2().map_or(0, |power| power / 4 + 1)),
            year: since.map_or(0, |since| since.as_secs() / SECONDS_OF_YEAR),
        }
    }

    /// The same for all places.
    fn anywhere(&self) -> Self {
        Self { place: String::new(), extension: String::new(), ..*self }
    }
}

/// Objects of each stratum.
#[derive(Default, Clone)]
struct Counts {
    by_stratum: BTreeMap<Stratum, u64>,
    total: u64,
}

impl Counts {
    fn add(&mut self, object: &Object) {
        self.total += 1;
        let stratum = Stratum::of(object);
        if let Some(count) = self.by_stratum.get_mut(&stratum) {
            *count += 1;
        } else {
            let stratum = if self.by_stratum.len() < MAX_STRATA { stratum } else { stratum.anywhere() };
            *self.by_stratum.entry(stratum).or_default() += 1;
        }
    }

    /// Draws `wanted` of them.
    fn draw(self, wanted: u64, seed: u64) -> Draw {
        let sampling = Sampling { seed, total: self.total, strata: self.by_stratum.len() as u64 };
        let groups = Groups { total: self.total, count: wanted.min(self.total), seed };
        let mut strata = HashMap::with_capacity(self.by_stratum.len());
        let mut left_out = Vec::new();
        let (mut start, mut group) = (0, 0);
        for (stratum, count) in self.by_stratum {
            // The first group whose object does not lie before the stratum.
            while group < groups.count && groups.drawn(group) < start {
                group += 1;
            }
            if group == groups.count || groups.drawn(group) >= start + count {
                left_out.push((count, stratum.clone()));
            }
            strata.insert(stratum, Drawn { start, count, passed: 0, besides: None });
            start += count;
        }
        left_out.sort();
        for (count, stratum) in left_out.into_iter().take(wanted.div_ceil(10) as usize) {
            let place = Random::new(seed, &format!("{stratum:?}")).below(u128::from(count)) as u64;
            if let Some(drawn) = strata.get_mut(&stratum) {
                drawn.besides = Some(place);
            }
        }
        Draw { strata, groups, sampling }
    }
}

/// The strata cut into groups of exactly equal size, of each of which one object is drawn. An object that lies across the
/// border of two may be drawn twice.
struct Groups {
    total: u64,
    count: u64,
    seed: u64,
}

impl Groups {
    /// The object of a group that is drawn; a later group's is none before it.
    fn drawn(&self, group: u64) -> u64 {
        let within = u128::from(Random::new(self.seed.wrapping_add(group), "group").next() >> 32);
        let place = (u128::from(group) << 32 | within) * u128::from(self.total) / u128::from(self.count.max(1));
        (place >> 32) as u64
    }

    fn is_drawn(&self, place: u64) -> bool {
        if self.total == 0 {
            return false;
        }
        let group_at = |scaled: u128| (scaled / u128::from(self.total)) as u64;
        let scaled = u128::from(place) * u128::from(self.count);
        let last = (scaled + u128::from(self.count)).saturating_sub(1);
        (group_at(scaled)..=group_at(last)).any(|group| group < self.count && self.drawn(group) == place)
    }
}

/// A stratum with its place among all objects.
struct Drawn {
    start: u64,
    count: u64,
    /// Objects of it that came by.
    passed: u64,
    /// The object that is read although none was drawn.
    besides: Option<u64>,
}

/// Which objects are read.
struct Draw {
    strata: HashMap<Stratum, Drawn>,
    groups: Groups,
    sampling: Sampling,
}

impl Draw {
    /// How the next object of the listing was chosen, if it was.
    fn lot(&mut self, object: &Object) -> Option<Lot> {
        let stratum = Stratum::of(object);
        let known = if self.strata.contains_key(&stratum) { stratum } else { stratum.anywhere() };
        let drawn = self.strata.get_mut(&known)?;
        let place = drawn.passed;
        drawn.passed += 1;
        self.lot_at(&known, place)
    }

    /// How an object was chosen that so many of its stratum stand before.
    fn lot_at(&self, stratum: &Stratum, place: u64) -> Option<Lot> {
        let drawn = self.strata.get(stratum)?;
        if place >= drawn.count {
            // It was not there when they were counted.
            return None;
        }
        if self.groups.is_drawn(drawn.start + place) {
            return Some(Lot::Drawn);
        }
        (drawn.besides == Some(place)).then_some(Lot::Besides)
    }

    fn listed(&mut self, listed: Listed) -> Listed {
        match listed {
            Listed::Object(object) => match self.lot(&object) {
                Some(lot) => Listed::Object(Object { lot: Some(lot), ..object }),
                None => Listed::Gap(object, Coverage::Skipped(Reason::NotSampled)),
            },
            gap @ Listed::Gap(..) => gap,
        }
    }
}

/// Some objects of a source.
pub(super) struct SampledSource {
    inner: Box<dyn Source>,
    wanted: u64,
    seed: u64,
    sampling: OnceLock<Sampling>,
}

impl SampledSource {
    /// `wanted` objects of `inner`, or all of them where there are fewer.
    pub(super) fn new(inner: Box<dyn Source>, wanted: u64, seed: u64) -> Self {
        Self { inner, wanted, seed, sampling: OnceLock::new() }
    }

    async fn draw(&self) -> Draw {
        let mut counts = Counts::default();
        let mut listing = self.inner.list();
        while let Some(listed) = listing.next().await {
            if let Listed::Object(object) = listed {
                counts.add(&object);
            }
        }
        let draw = counts.draw(self.wanted, self.seed);
        let Sampling { total, strata, .. } = *self.sampling.get_or_init(|| draw.sampling);
        // Not of which target: its name may hold an identifier.
        tracing::info!(objects = total, strata, "drew a sample");
        draw
    }
}

impl Source for SampledSource {
    fn list(&self) -> BoxStream<'_, Listed> {
        let drawn = stream::once(self.draw()).flat_map(move |mut draw| {
            // A scan that is stopped while objects are counted has not begun to list.
            self.inner.list().map(move |listed| draw.listed(listed))
        });
        drawn.boxed()
    }

    fn open<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<SourceContent, ReadError>> {
        self.inner.open(object)
    }

    fn scope(&self) -> String {
        self.inner.scope()
    }

    fn sampling(&self) -> Option<Sampling> {
        self.sampling.get().copied()
    }

    fn mounts(&self) -> Vec<Location> {
        self.inner.mounts()
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        self.inner.stop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    fn object(key: &str, size_bytes: u64, year: u64) -> Object {
        let modified = UNIX_EPOCH + Duration::from_secs(year * SECONDS_OF_YEAR + 9);
        Object { size_bytes: Some(size_bytes), modified: Some(modified), ..Object::at(Location::s3("b", key)) }
    }

    /// Keys as they are listed: folders of unlike sizes, some kinds of files in each.
    fn lake(objects: u64) -> Vec<Object> {
        let key = |number: u64| {
            let folder = ["exports", "logs", "logs", "logs", "notes"][(number * 5 / objects) as usize];
            let kind = if number.is_multiple_of(97) { "bak" } else { ["csv", "log"][(number % 2) as usize] };
            object(&format!("{folder}/{number:08}.{kind}"), 1 << (number % 20), 50 + number % 3)
        };
        (0..objects).map(key).collect()
    }

    fn chosen(objects: &[Object], wanted: u64, seed: u64) -> Vec<Option<Lot>> {
        let mut counts = Counts::default();
        objects.iter().for_each(|object| counts.add(object));
        let mut draw = counts.draw(wanted, seed);
        objects.iter().map(|object| draw.lot(object)).collect()
    }

    fn drawn(lots: &[Option<Lot>]) -> u64 {
        lots.iter().filter(|lot| **lot == Some(Lot::Drawn)).count() as u64
    }

    #[test]
    fn as_many_are_drawn_as_are_wanted_and_the_same_by_the_same_seed() {
        let objects = lake(10_000);
        let lots = chosen(&objects, 300, 7);
        assert!((298..=300).contains(&drawn(&lots)), "{}", drawn(&lots));
        assert_eq!(lots, chosen(&objects, 300, 7));
        assert_ne!(lots, chosen(&objects, 300, 8));
        let besides = lots.iter().filter(|lot| **lot == Some(Lot::Besides)).count();
        assert!((1..=30).contains(&besides), "{besides}");
        assert_eq!(drawn(&chosen(&objects, 20_000, 7)), 10_000, "all, where there are not more");
        assert_eq!(drawn(&chosen(&[], 300, 7)), 0);
    }

    #[test]
    fn every_stratum_has_its_share() {
        let objects = lake(10_000);
        for seed in 0..20 {
            let lots = chosen(&objects, 500, seed);
            let of = |kind: &str| {
                let is_it = |(object, lot): &(&Object, &Option<Lot>)| {
                    **lot == Some(Lot::Drawn) && object.location.as_str().contains(kind)
                };
                objects.iter().zip(&lots).filter(is_it).count() as i64
            };
            for (kind, share) in [("/exports/", 100), ("/logs/", 300), ("/notes/", 100)] {
                assert!((of(kind) - share).abs() <= 2, "{kind} {seed}: {}", of(kind));
            }
        }
    }

    #[test]
    fn what_is_rare_is_read_besides() {
        let mut objects = lake(5_000);
        objects.retain(|object| !object.location.as_str().ends_with(".bak"));
        objects.push(object("odd/dump.bak", 1 << 30, 40));
        let is_read = |seed| chosen(&objects, 100, seed).last().is_some_and(Option::is_some);
        assert!((0..50).all(is_read));
    }

    /// Whether the object of a number holds what is looked for.
    type Holds = fn(usize) -> bool;

    /// Counted objects, and where each of them stands.
    fn counted(objects: &[Object]) -> (Counts, Vec<(Stratum, u64)>) {
        let mut counts = Counts::default();
        let place = |object: &Object| {
            counts.add(object);
            let stratum = Stratum::of(object);
            let before = counts.by_stratum[&stratum] - 1;
            (stratum, before)
        };
        let places = objects.iter().map(place).collect();
        (counts, places)
    }

    /// Each object is as likely as any other, wherever it stands.
    #[test]
    fn no_object_is_more_likely_than_another() {
        let (counts, places) = counted(&lake(400));
        let mut times = vec![0_u32; places.len()];
        for seed in 0..4_000 {
            let draw = counts.clone().draw(37, seed);
            for (times, (stratum, place)) in times.iter_mut().zip(&places) {
                *times += u32::from(draw.lot_at(stratum, *place) == Some(Lot::Drawn));
            }
        }
        // 370 are expected of each, with a standard deviation of 18.
        assert!(times.iter().all(|times| (280..460).contains(times)), "{times:?}");
    }

    /// The bound that is stated where nothing is found lies below the true share in at most one run of twenty, whether
    /// what is looked for is spread over all objects, packed into one folder, or of one kind.
    #[test]
    fn the_bound_holds_in_95_of_100_runs() {
        const RUNS: u64 = 2_000;
        let (counts, places) = counted(&lake(4_000));
        let holds: [(&str, Holds); 4] = [
            ("spread", |number| number % 133 == 5),
            ("packed", |number| (900..930).contains(&number)),
            ("of one kind", |number| number % 97 == 0 && number % 2 == 0),
            ("in one folder", |number| number >= 3_200 && number % 27 == 1),
        ];
        for (name, holds) in holds {
            let held: Vec<_> = places.iter().enumerate().filter(|(number, _)| holds(*number)).collect();
            let share = held.len() as f64 / places.len() as f64;
            for wanted in [50, 400, 2_500] {
                let mut broken = 0;
                for seed in 0..RUNS {
                    let draw = counts.clone().draw(wanted, seed);
                    if held.iter().any(|(_, (stratum, place))| draw.lot_at(stratum, *place).is_some()) {
                        continue;
                    }
                    let mut drawn: Vec<_> = (0..wanted).map(|group| draw.groups.drawn(group)).collect();
                    drawn.dedup();
                    let bound = 1.0 - 0.05_f64.powf(1.0 / drawn.len() as f64);
                    broken += u64::from(bound < share);
                }
                assert!(broken * 20 <= RUNS, "{name} {wanted}: {broken} of {RUNS} bounds did not hold");
            }
        }
    }

    #[test]
    fn strata_are_bounded() {
        let mut counts = Counts::default();
        for number in 0..30_000_u64 {
            // Letters: numbers in a prefix are one place.
            let letters = |number: u64| char::from(b'a' + (number % 26) as u8);
            let name: String = [1, 26, 676, 17_576].iter().map(|unit| letters(number / unit)).collect();
            counts.add(&object(&format!("{name}/x.csv"), 10, 50));
        }
        assert_eq!(counts.total, 30_000);
        assert_eq!(counts.by_stratum.len(), MAX_STRATA + 1);
        let odd = Object { modified: Some(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), ..object("a.b", 0, 1) };
        assert_eq!((Stratum::of(&odd).year, Stratum::of(&odd).size), (0, 0));
    }
}
