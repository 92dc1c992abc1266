//! `onboarding_events`

use super::table::table;
use crate::event::{Onboarding, Word};

table! {
    /// One step of the onboarding flow (dbt 2)
    OnboardingEvents = "onboarding_events" of Onboarding, |event| {
        screen: Text = Some(event.screen.as_str()), "Screen";
        action: Text = Some(event.action.as_str()), "What happened there";
        success: Flag = Some(event.success), "Whether it went well";
        user_id: Text = event.user_id.as_ref().map(|id| id.as_str()), "Pseudonym of the machine user's persistent id";
    }
}
