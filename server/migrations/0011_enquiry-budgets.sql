-- Written by hand: data.

-- A bucket for each payment company, full to begin with.
insert into enquiry_budgets (method, tokens, at) values ('wechat', 0, '2000-01-01'), ('alipay', 0, '2000-01-01');
