//! What every page stands on: frame, forms, errors, layers, permissions, live blocks, the cache of pages, small parts of
//! pages. Knows no resource but by its number; where it keeps read pages for one ([`state`]), the type belongs to that room.

pub mod assets;
pub mod body;
pub mod chart;
pub mod components;
pub mod crowd;
pub mod csv;
pub mod days;
pub mod devices;
pub mod error;
pub mod extract;
pub mod form;
pub mod health;
pub mod kept;
pub mod layers;
pub mod live;
pub mod page;
pub mod page_cache;
pub mod permission;
pub mod plain;
pub mod preferences;
pub mod recent;
pub mod replay;
pub mod state;
pub mod typed;
pub mod zone;
