//! What holds for every input of the code that reads what clients and databases send. A module of the library: the fuzz targets look
//! for inputs that break it, and a test tries those that were found.

pub use crate::encode::cell::fuzz::{array, ewkb};
pub use crate::run::fuzz::lexer;
pub use crate::web::fuzz::{address, form, query};

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    type Holds = fn(&[u8]);

    /// Inputs that together have the coverage of all that fuzzing tried, and inputs that once broke something.
    fn corpus(name: &str) -> Vec<Vec<u8>> {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
        let inputs = fs::read_to_string(corpus.join(name)).unwrap();
        let inputs: Vec<_> = inputs
            .lines()
            .map(|input| BASE64_STANDARD.decode(input).unwrap())
            .collect();
        assert!(inputs.len() > 10, "{name}");
        inputs
    }

    #[test]
    fn everything_holds_for_the_inputs_that_fuzzing_found() {
        let targets: [(&str, Holds); 6] = [
            ("address", address),
            ("array", array),
            ("ewkb", ewkb),
            ("form", form),
            ("lexer", lexer),
            ("query", query),
        ];
        for (name, holds) in targets {
            corpus(name).iter().for_each(|input| holds(input));
        }
    }
}
