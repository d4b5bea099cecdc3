//! Lists that must agree with one another: of formats, of what the facade exports.

pub(super) mod facade;
pub(super) mod formats;
