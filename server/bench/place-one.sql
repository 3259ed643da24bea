\set address random(1, 1000000000000)
\set key random(1, 1000000000000000)
select outcome, order_id, payment_id, amount, expires, same_body, sku, units, retry_at
from place_orders(null, '300000 ms', '600000 ms', 50, '{100,100,100}', array[uuidv7()], array[uuidv7()], array[sha256(int8send(:key::bigint))], array[sha256('body')], array['buyer'], array[case when :key::bigint % 2 = 0 then 'wechat' else 'alipay' end], array[null::int], array[:address::bigint], array[null::bigint], array[:key::bigint], array['\x01000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233343536'::bytea], array[:key::bigint], array[:key::bigint % 10000], array[null::bigint], array[null::bytea], array['bench-session-1'], array[1], array['BENCH'], array[1]);
