//! How the pretended model ranks documents: by how many words of the query they hold.

use std::collections::HashSet;

/// Indexes and scores between 0 and 1, best first.
pub(crate) fn rank<'a>(query: &str, documents: impl Iterator<Item = &'a str>) -> Vec<(usize, f64)> {
    let query = words(query);
    let score = |document: &str| {
        let common = words(document).intersection(&query).count();
        // The additions keep scores above zero and below one, also for a query without words.
        (common as f64 + 0.01) / (query.len() as f64 + 0.02)
    };
    let mut ranked: Vec<(usize, f64)> = documents.map(score).enumerate().collect();
    // A stable sort: equals stay in their order.
    ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    ranked
}

fn words(text: &str) -> HashSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_document_comes_first() {
        let ranked =
            rank("capital of Norway", ["Paris", "Oslo is the capital of Norway", "Norway"].into_iter());
        assert_eq!(ranked.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [1, 2, 0]);
        assert!(ranked.iter().all(|(_, score)| (0.0..=1.0).contains(score)));
    }
}
