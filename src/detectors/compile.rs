//! Compiles the detectors of a catalogue: their patterns, the shapes these have, the phrases.

use super::alternatives;
use super::catalogue::{Catalogue, Entry};
use super::context::{LabelAfter, PhraseTable, Phrases, ValueBefore};
use super::field::FieldPhrase;
use super::names::Names;
use super::pattern::{AnchoredPattern, End, PatternError, PatternsTogether, SearchedPattern};
use super::shapes::Shapes;
use super::spec::{
    ColumnSpec, ContextSpec, FinderSpec, Makeup, MatchSpec, NamelessSpec, PartialSpec, PublicationSpec, SplitSpec,
};
use super::terms;
use super::tokens::FirstWords;
use super::validators::{self, Validator};
use crate::model::{Confidence, Detector, DetectorClass};

/// Why a detector cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// A pattern cannot be used.
    #[error("{file}: {key}")]
    Pattern {
        /// The detector's file.
        file: String,
        /// Which of its patterns.
        key: &'static str,
        /// What is wrong with it.
        source: PatternError,
    },
    /// A validator is not known.
    #[error("{file}: there is no validator `{name}`; known are: {known}")]
    Validator {
        /// The detector's file.
        file: String,
        /// The name.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The phrases of all detectors are more than can be numbered.
    #[error("the context words and terms of all detectors are too many: more than {max}", max = super::context::MAX_PHRASES)]
    TooManyPhrases,
    /// A list of terms is not known.
    #[error("{file}: there is no list of terms `{name}`; known are: {known}")]
    Terms {
        /// The detector's file.
        file: String,
        /// The name.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A detector that can find nothing.
    #[error("{file}: it has no [match] pattern, no [context] pattern and no field pattern, so it can find nothing")]
    FindsNothing {
        /// The detector's file.
        file: String,
    },
}

/// Where a pattern without context is tried.
#[derive(Debug)]
pub(super) enum Search {
    /// At token starts whose shape allows it.
    AtToken(Box<AnchoredPattern>),
    /// In the run of non-blank bytes around each occurrence of the byte.
    AroundByte(u8, SearchedPattern),
    /// In everything: a pattern that may begin with any byte.
    Everywhere(SearchedPattern),
}

/// A compiled `[match]`.
#[derive(Debug)]
pub(super) struct Anywhere {
    pub(super) search: Search,
    pub(super) validator: Option<Validator>,
    pub(super) confidence: Confidence,
}

/// A compiled detector.
#[derive(Debug)]
pub(super) struct CompiledDetector {
    pub(super) anywhere: Option<Anywhere>,
    /// The value behind a label.
    pub(super) label: Option<AnchoredPattern>,
    /// The whole value of a named field.
    pub(super) field: Option<AnchoredPattern>,
    pub(super) context_validator: Option<Validator>,
    pub(super) context_confidence: Confidence,
    pub(super) context: ContextSpec,
    /// The fields that it names, those it names beside a field of a person, and those that rule it out.
    pub(super) fields: Vec<FieldPhrase>,
    pub(super) sibling_fields: Vec<FieldPhrase>,
    /// Those it names in records of care.
    pub(super) care_fields: Vec<FieldPhrase>,
    pub(super) excluded_fields: Vec<FieldPhrase>,
    /// Fields of providers and organisations.
    pub(super) public_fields: Vec<FieldPhrase>,
    /// Its values are codes, of which one cell may hold several.
    pub(super) holds_codes: bool,
    /// Its values are numbers of telephones or faxes, D and E of the Safe Harbor list.
    pub(super) is_telephone: bool,
    /// Numbers of goods, orders and errors are written in the same form.
    pub(super) goods_have_such: bool,
    /// Its values are numbers of accounts, J of that list, which have no form.
    pub(super) is_of_account: bool,
    /// Its values are dates, C of that list.
    pub(super) is_date: bool,
    /// Its values are health data, or numbers of patients and of members of health plans, H and I of that list.
    pub(super) is_of_care: bool,
    pub(super) column: Option<ColumnSpec>,
    /// What its values must pass as well where only their share tells of it.
    pub(super) column_validator: Option<Validator>,
    pub(super) nameless: Option<Nameless>,
    pub(super) partial: Option<Partial>,
    /// How its values are spread over fields.
    pub(super) split: Option<SplitSpec>,
    /// The fields of each of the parts.
    pub(super) split_fields: Vec<Vec<FieldPhrase>>,
    /// Says which of its values are test data.
    pub(super) is_synthetic: Option<Validator>,
    /// Confidence of the terms of its list, if it has one.
    pub(super) term_confidence: Option<Confidence>,
    /// A few values of a column may be such by chance.
    pub(super) made_of_words: bool,
    /// Some phrase raises it, before a value or behind it.
    pub(super) is_raised: bool,
    /// Which of its values count less in a text that was written for everybody.
    pub(super) in_publications: Option<PublicationSpec>,
}

/// How a column is taken for the detector by what its values are together.
#[derive(Debug)]
pub(super) struct Nameless {
    pub(super) makeup: Makeup,
    pub(super) confidence: Confidence,
    /// Fields that tell of it where the values confirm it, and those of people who serve.
    pub(super) fields: Vec<FieldPhrase>,
    pub(super) public_fields: Vec<FieldPhrase>,
}

impl Nameless {
    fn of(spec: &NamelessSpec) -> Self {
        let fields = |list: &[String]| FieldPhrase::all(&alternatives::all_fields(list));
        let NamelessSpec { makeup, confidence, .. } = *spec;
        Self { makeup, confidence, fields: fields(&spec.fields), public_fields: fields(&spec.public) }
    }
}

/// The detectors whose patterns are searched everywhere.
#[derive(Debug, Default)]
pub(super) struct Everywhere {
    /// All of them.
    pub(super) all: Vec<u16>,
    /// Those that are searched together, and their automaton.
    pub(super) together: Option<(Vec<u16>, PatternsTogether)>,
    /// Those that ask where a value begins or ends, which an automaton over many values does not see; or the only one.
    pub(super) alone: Vec<u16>,
}

impl Everywhere {
    /// Of these detectors.
    pub(super) fn of(all: Vec<u16>, detectors: &[CompiledDetector]) -> Self {
        let pattern = |index: &u16| match &detectors[usize::from(*index)].anywhere.as_ref()?.search {
            Search::Everywhere(pattern) => Some(pattern),
            _ => None,
        };
        let (together, mut alone): (Vec<u16>, Vec<u16>) =
            all.iter().partition(|index| pattern(index).is_some_and(|pattern| !pattern.looks_at_ends()));
        let set = PatternsTogether::of(together.iter().filter_map(pattern)).filter(|_| together.len() > 1);
        match set {
            Some(set) => Self { all, together: Some((together, set)), alone },
            None => {
                alone.extend(together);
                Self { all, together: None, alone }
            }
        }
    }
}

/// A part of its values that tells of the whole.
#[derive(Debug)]
pub(super) struct Partial {
    /// Fields that hold it.
    pub(super) fields: Vec<FieldPhrase>,
    /// A whole value, or a masked number.
    pub(super) pattern: AnchoredPattern,
    pub(super) confidence: Confidence,
}

/// Everything the engine runs on.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) detectors: Vec<CompiledDetector>,
    pub(super) described: Vec<Detector>,
    /// Detectors of `Search::AtToken`, in the order of `shapes`.
    pub(super) at_token: Vec<u16>,
    /// The shapes of their matches.
    pub(super) shapes: Shapes,
    /// Detectors of `Search::AroundByte`.
    pub(super) around_byte: Vec<u16>,
    /// Detectors of `Search::Everywhere`.
    pub(super) everywhere: Everywhere,
    pub(super) phrases: Phrases,
    /// The words that matches of patterns and phrases begin with.
    pub(super) first_words: FirstWords,
    /// The detector that finds names in running text, if there is one.
    pub(super) names: Option<(u16, Names)>,
    /// Pairs of detectors: behind a match of the first a value of the second may stand.
    pub(super) behind: Vec<(u16, u16)>,
    /// The widest context window, bytes.
    pub(super) max_window: u32,
}

impl Compiled {
    /// Compiles all detectors of `catalogue`; a detector's index is its place there.
    pub(super) fn new(catalogue: &Catalogue) -> Result<Self, CompileError> {
        let entries = catalogue.entries();
        let mut at_token = Vec::new();
        let mut phrase_table = PhraseTable::default();
        let (mut around_byte, mut everywhere) = (Vec::new(), Vec::new());
        let mut detectors = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let detector = compile_detector(entry)?;
            match detector.anywhere.as_ref().map(|anywhere| &anywhere.search) {
                Some(Search::AtToken(_)) => at_token.push(index as u16),
                Some(Search::AroundByte(..)) => around_byte.push(index as u16),
                Some(Search::Everywhere(_)) => everywhere.push(index as u16),
                None => {}
            }
            add_phrases(&mut phrase_table, &detector, index as u16);
            add_terms(&mut phrase_table, entry, index as u16)?;
            detectors.push(detector);
        }
        let pattern_of = |index: &u16| match detectors[usize::from(*index)].anywhere.as_ref().map(|it| &it.search) {
            Some(Search::AtToken(pattern)) => Some(&**pattern),
            _ => None,
        };
        let mut first_words = FirstWords::default();
        let shapes = Shapes::of(&at_token.iter().filter_map(pattern_of).collect::<Vec<_>>(), &mut first_words);
        for (index, detector) in detectors.iter_mut().enumerate() {
            detector.is_raised = phrase_table.raises(index as u16);
        }
        let phrases = phrase_table.compile(&mut first_words).ok_or(CompileError::TooManyPhrases)?;
        let max_window = detectors.iter().map(|detector| detector.context.window).max().unwrap_or(0);
        let named = entries.iter().position(|entry| entry.spec.finder == Some(FinderSpec::Names));
        let names = named.map(|index| (index as u16, Names::new()));
        let described = entries.iter().map(describe).collect();
        let behind = detectors.iter().enumerate().filter_map(|(index, detector)| {
            let leader = detector.context.behind.as_ref()?;
            let leader = entries.iter().position(|entry| entry.spec.id == *leader)?;
            Some((leader as u16, index as u16))
        });
        let behind = behind.collect();
        let everywhere = Everywhere::of(everywhere, &detectors);
        Ok(Self {
            detectors,
            described,
            at_token,
            shapes,
            around_byte,
            everywhere,
            phrases,
            first_words,
            names,
            behind,
            max_window,
        })
    }
}

fn describe(entry: &Entry) -> Detector {
    let spec = &entry.spec;
    Detector { id: spec.id.as_str().into(), name: spec.name.as_str().into(), class: spec.class, mask: spec.mask }
}

fn compile_detector(entry: &Entry) -> Result<CompiledDetector, CompileError> {
    let spec = &entry.spec;
    let context = alternatives::written_out(&spec.context);
    let pattern = |key: &'static str, text: &Option<String>, end: End| -> Result<_, CompileError> {
        if entry.is_built_in {
            return Ok(text.as_deref().map(|text| AnchoredPattern::of_built_in(text, end)));
        }
        let compiled = text.as_deref().map(|text| AnchoredPattern::new(text, end)).transpose();
        compiled.map_err(|source| CompileError::Pattern { file: entry.file.clone(), key, source })
    };
    let anywhere = spec.anywhere.as_ref().map(|anywhere| compile_anywhere(entry, anywhere)).transpose()?;
    let match_pattern = spec.anywhere.as_ref().map(|anywhere| anywhere.pattern.clone());
    let field_pattern = context.field_pattern.clone().or_else(|| context.pattern.clone()).or(match_pattern);
    if field_pattern.is_none() {
        return Err(CompileError::FindsNothing { file: entry.file.clone() });
    }
    let said = context.said.as_deref().map(|list| said(entry, list)).transpose()?;
    let label = pattern("[context] pattern", &said.or_else(|| context.pattern.clone()), End::OfToken)?;
    let field = pattern("[context] field_pattern", &field_pattern, End::OfValue)?;
    let match_validator = spec.anywhere.as_ref().and_then(|anywhere| anywhere.validator.clone());
    let context_validator = validator(entry, context.validator.as_deref().or(match_validator.as_deref()))?;
    let partial = |spec: &PartialSpec| -> Result<_, CompileError> {
        let pattern = pattern("[partial] pattern", &Some(spec.pattern.clone()), End::OfValue)?;
        let fields = FieldPhrase::all(&alternatives::all_fields(&spec.fields));
        Ok(pattern.map(|pattern| Partial { fields, pattern, confidence: spec.confidence }))
    };
    let partial = spec.partial.as_ref().map(partial).transpose()?.flatten();
    let parts = spec.split.iter().flat_map(|split| &split.parts);
    Ok(CompiledDetector {
        anywhere,
        label,
        field,
        context_validator,
        context_confidence: context.confidence.unwrap_or(Confidence::High),
        fields: FieldPhrase::all(&context.fields),
        sibling_fields: FieldPhrase::all(&context.sibling_fields),
        care_fields: FieldPhrase::all(&context.care_fields),
        excluded_fields: FieldPhrase::all(&context.exclude),
        public_fields: FieldPhrase::all(&context.public),
        context,
        holds_codes: spec.class == DetectorClass::Health,
        is_telephone: matches!(spec.safe_harbor, Some('D' | 'E')),
        goods_have_such: matches!(spec.safe_harbor, Some('D' | 'E' | 'G')),
        is_of_account: spec.safe_harbor == Some('J'),
        is_date: spec.safe_harbor == Some('C'),
        is_of_care: spec.class == DetectorClass::Health || matches!(spec.safe_harbor, Some('H' | 'I')),
        column: spec.column.clone(),
        column_validator: validator(entry, spec.column.as_ref().and_then(|column| column.validator.as_deref()))?,
        nameless: spec.nameless.as_ref().map(Nameless::of),
        partial,
        split: spec.split.clone(),
        split_fields: parts.map(|part| FieldPhrase::all(&part.fields)).collect(),
        is_synthetic: validator(entry, spec.synthetic.as_deref())?,
        term_confidence: spec.terms.as_ref().map(|terms| terms.confidence),
        in_publications: spec.in_publications,
        made_of_words: spec.made_of_words,
        is_raised: false,
    })
}

fn unknown_terms(entry: &Entry, list: &str) -> CompileError {
    let known = terms::names().collect::<Vec<_>>().join(", ");
    CompileError::Terms { file: entry.file.clone(), name: list.to_owned(), known }
}

/// A pattern of the terms of a list.
fn said(entry: &Entry, list: &str) -> Result<String, CompileError> {
    let terms: Vec<&str> = terms::list(list).ok_or_else(|| unknown_terms(entry, list))?.collect();
    Ok(format!("(?i:{})", terms.join("|")))
}

fn compile_anywhere(entry: &Entry, spec: &MatchSpec) -> Result<Anywhere, CompileError> {
    let failed = |source| CompileError::Pattern { file: entry.file.clone(), key: "[match] pattern", source };
    let search = match spec.anchor {
        Some(anchor) if anchor.is_ascii() => {
            Search::AroundByte(anchor as u8, SearchedPattern::new(&spec.pattern).map_err(failed)?)
        }
        Some(_) => return Err(failed(PatternError::Anchor)),
        None => {
            let pattern = AnchoredPattern::new(&spec.pattern, End::OfToken).map_err(failed)?;
            let starts_as_token = (0..=255u8).all(|byte| byte.is_ascii_alphanumeric() || !pattern.may_begin_with(byte));
            match starts_as_token {
                true => Search::AtToken(Box::new(pattern)),
                false => Search::Everywhere(SearchedPattern::new(&spec.pattern).map_err(failed)?),
            }
        }
    };
    Ok(Anywhere { search, validator: validator(entry, spec.validator.as_deref())?, confidence: spec.confidence })
}

fn validator(entry: &Entry, name: Option<&str>) -> Result<Option<Validator>, CompileError> {
    let Some(name) = name else { return Ok(None) };
    validators::by_name(name).map(Some).ok_or_else(|| CompileError::Validator {
        file: entry.file.clone(),
        name: name.to_owned(),
        known: validators::names().collect::<Vec<_>>().join(", "),
    })
}

/// Every term of the detector's list becomes a phrase that is a match by itself.
fn add_terms(table: &mut PhraseTable, entry: &Entry, index: u16) -> Result<(), CompileError> {
    let Some(spec) = &entry.spec.terms else { return Ok(()) };
    let terms = terms::list(&spec.list).ok_or_else(|| unknown_terms(entry, &spec.list))?;
    for term in terms {
        let meaning = table.meaning(term);
        meaning.finds.push(index);
        meaning.is_name_too = terms::is_name_too(term);
    }
    Ok(())
}

/// What stands in a context word between a phrase and the label that means something only shortly after it.
const ANYTHING: &str = " .. ";
const A_NAME: &str = " [name] ";
/// What stands between a label and another one behind its value that gives the label its meaning.
const A_VALUE: &str = " [value] ";

fn add_phrases(table: &mut PhraseTable, detector: &CompiledDetector, index: u16) {
    for phrase in &detector.context.words {
        if let Some((first, behind)) = phrase.split_once(A_VALUE) {
            let first = table.index_of(first);
            table.meaning(behind).values_before.push(ValueBefore { first, detector: index });
            continue;
        }
        let anything = phrase.split_once(ANYTHING).map(|parts| (parts, false));
        let parts = anything.or_else(|| phrase.split_once(A_NAME).map(|parts| (parts, true)));
        if let Some(((first, label), name_between)) = parts {
            let first = table.index_of(first);
            table.meaning(label).labels_after.push(LabelAfter { first, name_between, detector: index });
            continue;
        }
        let meaning = table.meaning(phrase);
        meaning.raises.push(index);
        if detector.label.is_some() {
            meaning.labels.push(index);
        }
    }
    for phrase in &detector.context.distant {
        table.meaning(phrase).distant.push(index);
    }
    for phrase in &detector.context.spoken {
        table.meaning(phrase).spoken.push(index);
    }
    for phrase in &detector.context.hints {
        table.meaning(phrase).hints.push(index);
    }
    // A code after its label is tried with the pattern for labels alone, which knows text better (`dx: i32`).
    let context = &detector.context;
    let is_label = |phrase: &String| detector.holds_codes && context.words.contains(phrase);
    for phrase in context.fields.iter().filter(|phrase| !phrase.starts_with('=') && !is_label(phrase)) {
        table.meaning(phrase).keys.push(index);
    }
    for phrase in &context.fields {
        table.meaning(phrase.trim_start_matches('=')).headings.push(index);
    }
    for phrase in &context.sibling_fields {
        table.meaning(phrase.trim_start_matches('=')).sibling_headings.push(index);
    }
    // A phrase for the whole name of a field has no meaning in text.
    for phrase in context.exclude.iter().filter(|phrase| !phrase.starts_with('=')) {
        table.meaning(phrase).excludes.push(index);
    }
    for phrase in context.public.iter().filter(|phrase| !phrase.starts_with('=')) {
        table.meaning(phrase).publics.push(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_pattern_compiles() {
        let mut catalogue = Catalogue::built_in().unwrap();
        // What is changed is no longer taken to be known.
        catalogue.change(|_| {});
        Compiled::new(&catalogue).unwrap();
    }
}
