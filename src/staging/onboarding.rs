//! `onboarding_events`

use super::column::{ClosedList, Flag, Pseudonym};
use super::table::table;
use crate::event::ids::UserId;
use crate::event::{Onboarding, OnboardingAction, OnboardingScreen};

table! {
    /// One step of the onboarding flow (dbt 2)
    OnboardingEvents = "onboarding_events" of Onboarding, |event| {
        /// The screen
        #[from(dbt1 = none, dbt2 = "Onboarding.screen")]
        screen: ClosedList<OnboardingScreen> = Some(event.screen);
        /// What happened there
        #[from(dbt1 = none, dbt2 = "Onboarding.action")]
        action: ClosedList<OnboardingAction> = Some(event.action);
        /// Whether it went well
        #[from(dbt1 = none, dbt2 = "Onboarding.success")]
        success: Flag = Some(event.success);
        /// The machine user's persistent id
        #[from(dbt1 = none, dbt2 = "Onboarding.user_id")]
        user_id: Pseudonym<UserId> = event.user_id;
    }
}
