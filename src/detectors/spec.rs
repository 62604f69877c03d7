//! The TOML schema of a detector: one file is one detector, and it carries its own examples.
//!
//! Knows nothing of matching: the engine compiles what is read here.

use crate::model::Confidence;
pub use crate::model::{DetectorClass, Mask};
use serde::Deserialize;

/// One detector, as its file says it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectorSpec {
    /// Stable id that outputs carry, lower case with underscores.
    pub id: String,
    /// Name for a person.
    pub name: String,
    /// What a match says about the record.
    pub class: DetectorClass,
    /// Which of the 18 identifiers of 45 CFR 164.514(b)(2)(i) it is, as a letter A to R; absent for the others.
    #[serde(default)]
    pub safe_harbor: Option<char>,
    /// The published rule it follows.
    pub source: String,
    /// How values are masked.
    pub mask: Mask,
    /// Name of a validator that says which values are test data: they are reported as likely synthetic.
    #[serde(default)]
    pub synthetic: Option<String>,
    /// What its matches are worth in texts that were written for everybody; as elsewhere if absent.
    #[serde(default)]
    pub in_publications: Option<PublicationSpec>,
    /// Its matches are words like others, so that a few values of a column may be such by chance.
    #[serde(default)]
    pub made_of_words: bool,
    /// What is found anywhere, on the merits of its own shape.
    #[serde(rename = "match", default)]
    pub anywhere: Option<MatchSpec>,
    /// Words and phrases of a list that are found anywhere.
    #[serde(default)]
    pub terms: Option<TermsSpec>,
    /// A search of its own kind that finds its values in running text.
    #[serde(default)]
    pub finder: Option<FinderSpec>,
    /// What names raise or exclude it.
    #[serde(default)]
    pub context: ContextSpec,
    /// When the distribution of a column's values is evidence of its own.
    #[serde(default)]
    pub column: Option<ColumnSpec>,
    /// What a column without a name is taken for by all of its values together, in a table about persons.
    #[serde(default)]
    pub nameless: Option<NamelessSpec>,
    /// A part of a value that tells of the whole.
    #[serde(default)]
    pub partial: Option<PartialSpec>,
    /// How a value is spread over several fields of a record.
    #[serde(default)]
    pub split: Option<SplitSpec>,
    /// Values that must be found, and values that must not be.
    pub examples: Examples,
}

/// A shape that is searched in every value.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchSpec {
    /// Regular expression (ASCII classes). It starts at the start of a run of letters and digits and ends at the end of
    /// one, unless `anchor` is given.
    pub pattern: String,
    /// One byte that every match contains, when the start of a match is not selective (`@` of an e-mail address). The
    /// pattern is then searched in the run of non-blank bytes around it.
    #[serde(default)]
    pub anchor: Option<char>,
    /// Name of a validator that a match must pass.
    #[serde(default)]
    pub validator: Option<String>,
    /// Confidence of a match without any context.
    pub confidence: Confidence,
}

/// A list of words and phrases, each of which is a match as a whole word, in any case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsSpec {
    /// Name of the list: `detectors/terms/NAME.txt`, one lower-case term a line, `#` for remarks.
    pub list: String,
    /// Confidence of a match without any context.
    pub confidence: Confidence,
}

/// What no pattern and no list can find. It decides the confidence itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinderSpec {
    /// Names of persons, by census lists and what stands around them.
    Names,
}

/// What a match in a text that was written for everybody (documentation, licences, changelogs, programs) is worth. One
/// that is held back is of low confidence, and of medium confidence where something else makes its record one about
/// somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicationSpec {
    /// It is held back: authors and publishers have names and addresses too.
    HeldBack,
    /// It is held back where neither a field nor a context word names it.
    NeedsLabel,
    /// It is held back where a package manager keeps what everybody has, with a label too: its examples have such numbers.
    InPackages,
}

/// Names that speak for or against.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContextSpec {
    /// The id of another detector behind whose matches a value may stand in text: the ZIP code behind a street and its town.
    #[serde(default)]
    pub behind: Option<String>,
    /// Words or phrases near a value in text, matched as whole words, case-insensitively; a space in a phrase stands
    /// for any of space, `_`, `-` and `.`, or for nothing (`date of birth` = `date_of_birth` = `DateOfBirth`). Two with
    /// ` .. ` between are a label that counts only shortly after another phrase (`routing .. account`); with ` [name] `
    /// nothing but a name may stand between (`patient [name] id`); with ` [value] ` the first is the label of a value behind which the
    /// second stands (`id [value] group`). `{one|other}` stands for either, in any of the lists
    /// here, and `{number}` for every usual word for a number (`member {number}` = `member id`, `member no`, `member #`),
    /// `{insurer}` for the usual health insurers.
    #[serde(default)]
    pub words: Vec<String>,
    /// Those of the words whose value may stand farther on in the sentence (`birth date of the patient, who ..., is 3/4/1985`), or in
    /// a line below that answers (`and the MRN? ... 4471920`), if a pattern for labels finds it there: names of the number
    /// itself, and nothing that has other uses.
    #[serde(default)]
    pub distant: Vec<String>,
    /// Whether a label may announce a first and a last value with a dash or a word between: `03/03/2023 - 03/07/2023`.
    #[serde(default)]
    pub ranges: bool,
    /// Keys, before `:`, `=` or a quotation mark, that announce a value as weakly as `name:` does. It is of low confidence, and counts where something else
    /// makes its record one about somebody; only for names of persons.
    #[serde(default)]
    pub hints: Vec<String>,
    /// Words behind which a given name and a surname in small letters may stand, with a colon or without: `visitor: ada okafor`,
    /// `doctor ada okafor`; only for names of persons.
    #[serde(default)]
    pub spoken: Vec<String>,
    /// Names of fields that hold such values: phrases whose words stand next to each other anywhere in the field path
    /// (`patient name` fits `patient_name`, `patient.name`, `PatientName`). A leading `=` asks for the whole last
    /// segment of the path.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Names of fields that hold such values only beside a field that is named for an identifier of a person, in the same
    /// table or object: `=name` beside `ssn`, but not beside `price`.
    #[serde(default)]
    pub sibling_fields: Vec<String>,
    /// Names of fields that hold such values only in records of care: where a field of the table or document is named for an
    /// identifier of a person, and one for health data or the number of a patient or a health plan's member.
    #[serde(default)]
    pub care_fields: Vec<String>,
    /// Words before a value, within the window, or in its field path, that rule the detector out there.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Words before a value, within the window, or in its field path, that say that it is a provider's or an organisation's. It is
    /// found and says nothing about a person, as what is public does.
    #[serde(default)]
    pub public: Vec<String>,
    /// How far from a value a word counts, in bytes, before or after it.
    #[serde(default = "ContextSpec::default_window")]
    pub window: u32,
    /// Confidence with a context word or field name.
    #[serde(default)]
    pub confidence: Option<Confidence>,
    /// A looser pattern for the value that directly follows a context word as its label (`MRN: 00123`).
    #[serde(default)]
    pub pattern: Option<String>,
    /// A list of terms in place of that pattern, one of which has to follow, in any case (`detectors/terms/NAME.txt`): words that say
    /// nothing without a label.
    #[serde(default)]
    pub said: Option<String>,
    /// A looser pattern for the whole value of a field named in `fields`; by default `pattern`, then the match pattern.
    #[serde(default)]
    pub field_pattern: Option<String>,
    /// Validator for `pattern` and `field_pattern`; by default the match validator.
    #[serde(default)]
    pub validator: Option<String>,
}

impl ContextSpec {
    fn default_window() -> u32 {
        50
    }
}

/// When a nameless column is taken for this detector by the share of its values that pass.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSpec {
    /// Probability that a random value of the right shape passes the validator.
    pub chance: f64,
    /// Share of the non-empty values that must pass.
    pub min_share: f64,
    /// Name of a validator that they must pass beside that of a field: a stricter one, where too many words pass that.
    #[serde(default)]
    pub validator: Option<String>,
    /// Confidence of the column's matches when the share is reached and chance is ruled out (binomial, p < 1e-6).
    pub confidence: Confidence,
}

/// When a column without a telling name is taken for this detector by what its values are together. It must stand beside
/// another one that is about persons, unless its name is one of those that the values have to confirm.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamelessSpec {
    /// What the values have to be.
    pub makeup: Makeup,
    /// Confidence of the column's matches.
    pub confidence: Confidence,
    /// Field names that tell of it where the values confirm it: `client`, `caller`.
    #[serde(default)]
    pub fields: Vec<String>,
    /// The same, of people who serve: what is found there makes no record anything.
    #[serde(default)]
    pub public: Vec<String>,
}

/// What values can be together that none of them shows alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Makeup {
    /// Dates that are spread over lifetimes, as dates of birth are and dates of visits are not.
    BirthDates,
    /// Words of the lists of names, most of them names alone.
    Names,
    /// Words for illnesses in many of the values, and other words in the rest.
    Conditions,
    /// Names of laboratory tests, or results in words.
    Results,
    /// Dates beside a person and health data.
    ServiceDates,
    /// Numbers beside a name and a date of birth, in a row of text.
    RecordNumbers,
}

/// A part of a value that tells of the whole: its last digits, in a field that says so or behind marks for the others.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartialSpec {
    /// Names of fields that hold such parts, as in `[context] fields`.
    pub fields: Vec<String>,
    /// The whole value of such a field. Where it begins with a mark (`X`, `x`, `*`, `#`) it is a masked number, which is found in
    /// the fields of the detector and in texts as well.
    pub pattern: String,
    /// Confidence of such matches in fields, whatever stands around them; among words a masked number is of low confidence.
    pub confidence: Confidence,
}

/// A value whose parts stand in fields of their own, side by side in a table or an object.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitSpec {
    /// The parts in the order in which they are joined.
    pub parts: Vec<PartSpec>,
    /// What stands between the parts when they are joined for the field pattern and the validator.
    #[serde(default)]
    pub joint: String,
}

/// One part of a split value.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartSpec {
    /// Names of fields that hold it, as in `[context] fields`.
    pub fields: Vec<String>,
    /// Digits it has: a number that lost its leading zeros gets them back.
    pub width: usize,
}

/// The examples of a detector; the tests run each through the real engine.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// Must be found with medium confidence or better.
    pub positive: Vec<Example>,
    /// Must not be found with medium confidence or better.
    pub negative: Vec<Example>,
}

/// A line of text, or a value in a named field.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Example {
    /// Free text.
    Text(String),
    /// A value in a field.
    Field {
        /// Field path.
        field: String,
        /// The value.
        value: String,
    },
}
