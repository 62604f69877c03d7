//! Why a class of findings matters, and what to do about it: the same words in reports and in tickets.

use crate::model::Class;

/// Why it matters that it stands where no policy entry expects it.
pub fn why_it_matters(class: Class) -> &'static str {
    match class {
        Class::Phi => {
            "Health data of identified people stand where no policy entry expects them: access control and minimum \
             necessary use (45 CFR 164.312(a)(1), 164.502(b)), and the risk analysis (164.308(a)(1)(ii)(A))."
        }
        Class::Pii => {
            "Identifiers of people stand where no policy entry expects them. Beside health data they would be PHI, and \
             state laws on breaches may apply to them alone."
        }
        Class::Health => {
            "Health data stand where no policy entry expects them. Whether they can be traced to people is to be assessed."
        }
    }
}

/// What to do, step by step.
pub fn steps_to_take(class: Class) -> &'static [&'static str] {
    const STEPS: [&str; 4] = [
        "Limit access to the place, and find out who could read it since when.",
        "Find out how the data came there, and stop it.",
        "Move or delete what does not belong there, versions and copies included; or, if it does belong there, add the \
         place to the policy.",
        "Assess and document (164.402): what kind of data, who used it or could, whether it was acquired or viewed, \
         and what has been done about it.",
    ];
    match class {
        Class::Phi => &STEPS,
        Class::Pii | Class::Health => &STEPS[..3],
    }
}
