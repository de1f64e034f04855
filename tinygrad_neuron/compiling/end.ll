  %$counter.now = load i64, ptr %$counter.slot
  %$counter.next = add i64 %$counter.now, 1
  store i64 %$counter.next, ptr %$counter.slot
  br label %$counter.head
$counter.end:
