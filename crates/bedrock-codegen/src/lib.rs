//! One attribute, [`codegen_at_use`]: functions compiled by the crates that call them, and not at all where nobody does.
//!
//! For: the crates of this workspace, in which hundreds of wire types and a fold a format stand behind one client, while a
//! program that asks one question needs few of them.
//! Not for: speed. It says nothing about whether a call is inlined in the end.
//!
//! A function that is not generic is compiled with its own crate, used or not. `#[inline]` moves that to the crates that call
//! it. In a debug build this would compile it again for every test, so there nothing is moved:
//! the attribute stands for `#[cfg_attr(not(debug_assertions), inline)]`.
//!
//! ```
//! use bedrock_codegen::codegen_at_use;
//!
//! struct Counter(u64);
//!
//! #[codegen_at_use]
//! impl Counter {
//!     fn step(&mut self) -> u64 {
//!         self.0 += 1;
//!         self.0
//!     }
//! }
//!
//! #[codegen_at_use]
//! fn twice(counter: &mut Counter) -> u64 {
//!     counter.step();
//!     counter.step()
//! }
//!
//! assert_eq!(twice(&mut Counter(0)), 2);
//! ```

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// What a function is given.
const INLINE: &str = "#[cfg_attr(not(debug_assertions), inline)]";

/// Has a function, or every function of an `impl` block or an inline module, compiled where it is called.
///
/// Functions that have an `inline` attribute of their own keep that one. Generic functions are compiled where they are called
/// anyway.
#[proc_macro_attribute]
pub fn codegen_at_use(_: TokenStream, item: TokenStream) -> TokenStream {
    mark_items(item)
}

/// Marks the functions among some items.
fn mark_items(items: TokenStream) -> TokenStream {
    let mut marked = TokenStream::new();
    let mut item = Vec::new();
    for token in items {
        let ends = match &token {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Punct(punct) => punct.as_char() == ';',
            _ => false,
        };
        item.push(token);
        if ends {
            mark(std::mem::take(&mut item), &mut marked);
        }
    }
    marked.extend(item);
    marked
}

/// Marks one item: a function by an attribute, an `impl` block or a module by what is in it.
fn mark(mut item: Vec<TokenTree>, marked: &mut TokenStream) {
    match keyword(&item).as_deref() {
        Some("fn") if !has_inline(&item) => {
            marked.extend(INLINE.parse::<TokenStream>().expect("an attribute"));
        }
        Some("impl" | "mod") => {
            if let Some(TokenTree::Group(body)) = item.last_mut() {
                let mut marked_body = Group::new(body.delimiter(), mark_items(body.stream()));
                marked_body.set_span(body.span());
                *body = marked_body;
            }
        }
        _ => {}
    }
    marked.extend(item);
}

/// The word that says what an item is, behind its attributes, its visibility and its qualifiers.
fn keyword(item: &[TokenTree]) -> Option<String> {
    const QUALIFIERS: [&str; 6] = ["pub", "default", "const", "async", "unsafe", "extern"];
    item.iter().find_map(|token| match token {
        TokenTree::Ident(word) => {
            let word = word.to_string();
            (!QUALIFIERS.contains(&word.as_str())).then_some(word)
        }
        _ => None,
    })
}

/// Whether an item has an `inline` attribute already.
fn has_inline(item: &[TokenTree]) -> bool {
    let attributes = item.windows(2).map_while(|pair| match pair {
        [TokenTree::Punct(hash), TokenTree::Group(group)] if hash.as_char() == '#' => Some(Some(group)),
        [TokenTree::Group(_), _] => Some(None),
        _ => None,
    });
    attributes
        .flatten()
        .any(|group| matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(word)) if word.to_string() == "inline"))
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
