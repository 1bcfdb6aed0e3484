use super::*;

#[test]
fn bounds_count_what_could_not_be_read_against_the_value() {
    let mut measures = Measures::default();
    let share = measures.share("a.share", 9, 10, &[], "none");
    share.of_family(10, 5);
    assert_eq!(share.population, Some(15));
    let least = Value::Share { part: 9, whole: 15 };
    assert_eq!(share.least(), least);
    let greatest = Value::Share {
        part: 14,
        whole: 15,
    };
    assert_eq!(share.greatest(), greatest);
    let count = measures.number("a.count", Some(3)).unread(Unread::once(2));
    assert_eq!(
        (count.least(), count.greatest()),
        (Value::Count(3), Value::Count(5))
    );
    count.unread(Unread::once(2).many(1));
    for bound in [count.least(), count.greatest()] {
        assert!(matches!(bound, Value::NotComputable(_)), "{bound:?}");
    }
    count.unread(Unread::once(1).over(2));
    assert_eq!(count.least(), Value::Count(1));
    count.unread(Unread::default().more(1));
    assert_eq!(count.least(), Value::Count(3));
    assert!(matches!(count.greatest(), Value::NotComputable(_)));
    count.unread(Unread::default().fewer(1));
    assert!(matches!(count.least(), Value::NotComputable(_)));
    assert_eq!(count.greatest(), Value::Count(3));
    count.unread(Unread::default().before(true));
    assert_eq!(count.least(), Value::Count(3));
    assert!(matches!(count.greatest(), Value::NotComputable(_)));
    let span = measures.span("a.span", Some(7), &[], "none");
    assert_eq!(span.greatest(), Value::Nanoseconds(7));
    span.unread(Unread::once(1));
    assert!(matches!(span.greatest(), Value::NotComputable(_)));
}
