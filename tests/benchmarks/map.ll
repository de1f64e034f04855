; A step over rows that lie one after the other. It gives the first row whose guards don't hold, -1 if all hold.
define i64 @map(ptr noalias %in, ptr noalias %out, i64 %n) {
entry:
  br label %head
head:
  %k = phi i64 [ 0, %entry ], [ %next, %body ]
  %more = icmp slt i64 %k, %n
  br i1 %more, label %run, label %done
run:
  %i = mul i64 %k, $inputs
  %o = mul i64 %k, $outputs
  %row = getelementptr double, ptr %in, i64 %i
  %result = getelementptr double, ptr %out, i64 %o
  %holds = call i1 @step(ptr %row, ptr %result)
  br i1 %holds, label %body, label %broken
body:
  %next = add i64 %k, 1
  br label %head
broken:
  ret i64 %k
done:
  ret i64 -1
}
