//! The Form Post plan: the modules of the Basic plan once more, with `response_mode=form_post`, whose answers come in the
//! body of a POST and never in the address (OAuth 2.0 Form Post Response Mode).

use crate::{modules::every_module, support::Plan};

every_module!(Plan { dynamic: true, form_post: true });
