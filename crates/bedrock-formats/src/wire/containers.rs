//! Filling objects, unions and lists with what arrived. What does not fit is set aside, alone.
//! Not for: single values; see `fields`.

use std::borrow::Cow;

use super::aside::Aside;
use super::error::{Misfit, Step};
use super::extra::Extra;
use super::input::Input;
use super::read::fill_whole;
use super::shape::{Choice, Entries, List, Object, Wire};

/// Fills an object.
#[doc(hidden)]
pub fn fill_object<'a>(
    object: &mut dyn Object,
    input: Input<'a>,
    aside: &mut Aside,
) -> Result<(), Misfit<'a>> {
    match input {
        Input::Object(entries) => {
            fill_fields(object, entries, aside);
            Ok(())
        }
        other => Err(Misfit::expected(&format!("an object ({})", object.name()), other)),
    }
}

/// Gives each field what came under its name, the last where it came more than once, and keeps the rest. A null counts as
/// not there, and is kept too, as is what does not fit its field.
fn fill_fields(object: &mut dyn Object, entries: Vec<(Cow<'_, str>, Input<'_>)>, aside: &mut Aside) {
    let mut left: Vec<Option<(Cow<'_, str>, Input<'_>)>> = entries.into_iter().map(Some).collect();
    let mut count = left.len();
    let (mut odd, mut strays) = (Vec::new(), Vec::new());
    object.fields_mut(&mut |key, field| {
        if count == 0 {
            return;
        }
        let mut value = None;
        // To the end, though one was found: of a repeated key the last counts, and all are used up.
        for slot in &mut left {
            if slot.as_ref().is_some_and(|(found, input)| found == key && *input != Input::Null) {
                value = slot.take();
                count -= 1;
            }
        }
        if let Some((_, value)) = value {
            let since = aside.mark();
            if let Err(misfit) = field.fill(value, aside) {
                odd.push((key.to_owned(), aside.keep(misfit, Step::Key(key.into()))));
            } else if aside.has_more(since) {
                aside.behind(since, Step::Key(key.into()));
                strays.extend(aside.take_in(since));
            }
        }
    });
    object.extra_mut().extend(odd);
    object.extra_mut().add_strays(strays);
    if count > 0 {
        object
            .extra_mut()
            .extend(left.into_iter().flatten().map(|(key, value)| (key.into_owned(), value.into_value())));
    }
}

/// Whether no field has a value and nothing else arrived.
#[doc(hidden)]
pub fn object_is_default(object: &dyn Object) -> bool {
    let mut is_default = object.extra().is_empty();
    object.fields(&mut |_, field| is_default = is_default && field.is_default());
    is_default
}

/// Fills a union: an object with one key becomes that member; one with more, with a null, or with what does not fit the
/// member is kept as it is.
#[doc(hidden)]
pub fn fill_union<'a>(
    union: &mut dyn Choice<dyn Wire>,
    name: &str,
    input: Input<'a>,
    aside: &mut Aside,
) -> Result<(), Misfit<'a>> {
    let Input::Object(mut entries) = input else {
        return Err(Misfit::expected(&format!("an object with one key ({name})"), input));
    };
    if let [(key, value)] = entries.as_mut_slice()
        && let Some((key, member)) = union.select(key)
        && (*value != Input::Null || member.takes_null())
    {
        let since = aside.mark();
        match member.fill(std::mem::replace(value, Input::Null), aside) {
            Ok(()) => aside.seen_from(since, key),
            Err(misfit) => {
                let value = aside.keep(misfit, Step::Key(key.into()));
                union.keep(Extra::from_iter([(key.to_owned(), value)]));
            }
        }
        return Ok(());
    }
    union.keep(Extra::from_entries(entries));
    Ok(())
}

/// Fills a union with the one member that an object holds beside keys which are not known and nulls; whether there is one.
#[doc(hidden)]
pub fn resolve(union: &mut dyn Choice<dyn Wire>, object: &Extra) -> bool {
    let mut found = false;
    for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
        let Some((_, member)) = union.select(key) else { continue };
        // `select` has overwritten the member found before: with `false` the caller drops the
        // union.
        if found || fill_whole(member, value.into()).is_err() {
            return false;
        }
        found = true;
    }
    found
}

/// Fills an object that is one of several by its `type`. The tag may stand anywhere in it.
#[doc(hidden)]
pub fn fill_tagged<'a>(
    choice: &mut dyn Choice<dyn Object>,
    name: &str,
    input: Input<'a>,
    aside: &mut Aside,
) -> Result<(), Misfit<'a>> {
    let Input::Object(mut entries) = input else {
        return Err(Misfit::expected(&format!("an object with a type ({name})"), input));
    };
    // The last, as of every repeated key.
    if let Some((_, Input::Text(tag))) = entries.iter().rfind(|(key, _)| key == "type")
        && let Some((tag, object)) = choice.select(tag)
    {
        entries.retain(|(key, _)| key != "type");
        let since = aside.mark();
        fill_fields(object, entries, aside);
        if aside.has_more(since) {
            aside.behind(since, Step::Tag(tag));
        }
        return Ok(());
    }
    choice.keep(Extra::from_entries(entries));
    Ok(())
}

pub(super) fn fill_list<'a>(
    list: &mut dyn List,
    input: Input<'a>,
    aside: &mut Aside,
) -> Result<(), Misfit<'a>> {
    let Input::List(items) = input else { return Err(Misfit::expected("a list", input)) };
    for (index, item) in items.into_iter().enumerate() {
        let since = aside.mark();
        if let Err(misfit) = list.grow().fill(item, aside) {
            list.shrink();
            aside.hand_out(misfit, Step::Index(index));
        } else if aside.has_more(since) {
            aside.behind(since, Step::Index(index));
        }
    }
    Ok(())
}

pub(super) fn fill_entries<'a>(
    map: &mut dyn Entries,
    input: Input<'a>,
    aside: &mut Aside,
) -> Result<(), Misfit<'a>> {
    let Input::Object(entries) = input else { return Err(Misfit::expected("an object", input)) };
    for (key, value) in entries {
        let key = key.into_owned();
        let since = aside.mark();
        if let Err(misfit) = map.grow(key.clone()).fill(value, aside) {
            map.shrink(&key);
            aside.hand_out(misfit, Step::Key(key.into()));
        } else if aside.has_more(since) {
            aside.behind(since, Step::Key(key.into()));
        }
    }
    Ok(())
}
