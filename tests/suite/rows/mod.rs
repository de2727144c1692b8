//! Responses with rows: cached ones, access that is rechecked, file names, and the options of CSV.

mod accept;
mod csv_options;
mod download;
mod formats;
mod geojson;
mod injection;
mod markdown;
mod query_file;
mod random_values;
mod recent_reads;
mod recheck_access;
mod response_cache;
mod selection;
